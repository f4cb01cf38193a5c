//! The canvas: draws cards and the edges between them, and turns pointers and keys into intentions. It knows no meaning
//! of a workflow beyond `domain::workflow`'s geometry; pages say what cards show (`Card`) and what intentions do (`Hands`).
//!
//! Geometry is data: sizes and ports follow from the card alone, so the graph stands in the server's HTML.

mod breakpoint;
mod card;
mod company;
mod controls;
mod edge;
mod edge_tools;
mod geometry;
mod gesture;
mod grab;
mod group;
mod guides;
mod listen;
mod looking;
mod measure;
mod minimap;
mod node;
mod note;
mod picture;
mod pointed;
mod pointer;
mod rename;
mod scene;
mod sheets;
mod slice;
mod status;
mod tiles;
mod view;
mod viewport;

pub use card::{Card, PortMark};
pub use company::Visitor;
pub use controls::Switch;
pub use geometry::{CARD, GRID, Rect, Size, snap};
pub use gesture::{Dangling, Hands};
pub use measure::{Measure, Measures};
pub use picture::{DARK, LIGHT, svg};
pub use scene::{Scene, SceneNode, Selection};
pub use status::NodeStatus;
pub use view::Canvas;
pub use viewport::Viewport;

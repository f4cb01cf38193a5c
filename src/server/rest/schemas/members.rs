//! Schemas of members and invitations.

use serde_json::{Value, json};

use super::{id, list_of, object, one_of_words, or_null, text, time};
use crate::domain::role::Role;

pub fn all() -> Value {
    json!({
        "MemberList": object("The people of the workspace.", json!({ "members": list_of("Member") }), &[]),
        "Member": object(
            "Somebody who belongs to the workspace.",
            json!({
                "id": id("The person."),
                "email": text("Their address."),
                "name": text("As they call themselves; may be empty."),
                "role": role(),
                "joined_at": time("Since when."),
                "seen_at": or_null(time("When they were last here, exact to a minute; null: not yet.")),
            }),
            &[],
        ),
        "InvitationList": object(
            "Invitations that nobody has used yet.",
            json!({ "invitations": list_of("Invitation") }),
            &[],
        ),
        "Invitation": object("A link that makes somebody a member.", invitation(), &[]),
        "NewInvitation": object("An invitation with its link, shown this once.", with_link(), &[]),
    })
}

fn role() -> Value {
    one_of_words("What they may.", Role::ALL.map(Role::name))
}

fn invitation() -> Value {
    json!({
        "id": id("The invitation."),
        "email": text("For whom."),
        "role": role(),
        "invited_by": text("Who invites."),
        "created_at": time("Since when."),
        "expires_at": time("The link is void afterwards."),
    })
}

fn with_link() -> Value {
    let mut properties = invitation();
    properties["link"] = text("Where to join; works once.");
    properties
}

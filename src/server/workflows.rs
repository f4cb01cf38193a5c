//! What can be done with workflows: drafts, publication, import; called by server functions, REST and the command line alike.

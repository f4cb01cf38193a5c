//! Security headers and the content security policy of every answer.

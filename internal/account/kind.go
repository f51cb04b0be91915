package account

// Invite is the action that invites a user.
const Invite = "invite"

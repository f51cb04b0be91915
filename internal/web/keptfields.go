package web

import (
	"net/url"
	"strings"
)

// waits says of every field of a form whether it waits. What is not listed is taken for
// a secret, and a test finds fields that are not.
var waits = map[string]bool{
	// Of users.
	"username": true, "name": true, "email": true, "role": true, "first_sign_in": true, "version": true,
	"reason": true, "confirm_username": true, "how": true, "decision": true, "label": true, "note": true,
	// Of the list of users.
	"user": true, "action": true, "all": true, "confirm": true, "seen": true, "q": true, "status": true,
	"two_step": true, "sort": true, "after": true, "before": true, "size": true, "inactive": true, "address": true, "row": true,
	// Of the settings.
	"instance_name": true, "audit_keep_days": true, "contact_name": true, "contact_phone": true, "contact_link": true,
	"help_text": true, "privacy_text": true, "accent": true, "password_min": true, "session_idle": true, "session_max": true,
	"remember_days": true, "lost_phone_wait": true, "invite_days": true, "delete_self": true, "two_step_deadline": true,
	// Of an import that was read already.
	"batch": true,
	// Of one's own profile.
	"theme": true, "time_zone": true,
	// Of people who ask for help.
	"message": true, "contact": true,

	"password": false, "current_password": false, "new_password": false, "code": false, "recovery_code": false,
	"setup_code": false, "enrollment": false,
	// What belongs to a page as it was, and to no other.
	"next": false, "saved": false, "remember": false, "notice": false, "until": false, "import": false, "from": false,
	// What a button sends, and nobody types.
	"item": false, "filter": false, "use": false, "place": false, "done": false,
}

// FieldWaits reports whether what was typed into a field of this name waits over a
// proof; known is false if nobody decided that yet.
func FieldWaits(name string) (yes, known bool) {
	yes, known = waits[name]
	return yes, known
}

// manyName is the field that comes once for each ticked box of a list.
const manyName = "user"

func secretField(name string) bool {
	return strings.Contains(name, "password") || strings.Contains(name, "code")
}

// The marks of a kept form, which are no names of fields.
const (
	markAction  = "!action"
	markSecrets = "!secrets"
	markFile    = "!file"
)

func (f kept) encode() string {
	all := url.Values{}
	for name, values := range f.Fields {
		all[name] = values
	}
	all.Set(markAction, f.Action)
	if f.Secrets {
		all.Set(markSecrets, "1")
	}
	if f.File {
		all.Set(markFile, "1")
	}
	return all.Encode()
}

func decodeKept(text []byte) (f kept, err error) {
	f.Fields, err = url.ParseQuery(string(text))
	f.Action = f.Fields.Get(markAction)
	f.Secrets, f.File = f.Fields.Has(markSecrets), f.Fields.Has(markFile)
	f.Fields.Del(markAction)
	f.Fields.Del(markSecrets)
	f.Fields.Del(markFile)
	return f, err
}

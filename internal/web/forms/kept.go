package forms

import (
	"net/url"
	"slices"
	"strings"
)

// KeptParameter marks the address that shows a form with what waits, so that the
// page is empty for somebody who comes to it later in another way.
const KeptParameter = "kept"

// Kept is a form that waits.
type Kept struct {
	// Action is the path that the form is sent to.
	Action string
	Fields url.Values
	// Secrets says that the form had fields that do not wait, File that it had a file.
	Secrets, File bool
}

// fields says of every field of a form whether it waits. What is not listed is taken for
// a secret, and a test finds fields that are not.
var fields = map[string]bool{
	// Of users.
	"username": true, "name": true, "email": true, "role": true, "first_sign_in": true, "version": true,
	"reason": true, "confirm_username": true, "how": true, "decision": true, "label": true, "note": true,
	// Of the list of users.
	"user": true, "action": true, "all": true, "confirm": true, "seen": true, "q": true, "status": true,
	"two_step": true, "sort": true, "after": true, "before": true, "size": true, "inactive": true, "address": true, "group": true, "row": true,
	"chosen_group": true,
	// Of the settings.
	"instance_name": true, "audit_keep_days": true, "contact_name": true, "contact_phone": true, "contact_link": true,
	"help_text": true, "privacy_text": true, "accent": true, "password_min": true, "session_idle": true, "session_max": true,
	"remember_days": true, "lost_phone_wait": true, "invite_days": true, "delete_self": true, "two_step_deadline": true,
	// Of backups: recipients are public keys.
	"now": true, "every": true, "at": true, "keep": true, "recipients": true,
	// Of applications.
	"slug": true, "host": true, "access": true, "public": true, "launch_url": true, "proof_minutes": true,
	// Of an import that was read already.
	"batch": true,
	// Of one's own profile.
	"theme": true, "time_zone": true,
	// Of people who ask for help.
	"message": true, "contact": true,

	// Of event streams. An address can hold a token.
	"kind": true, "partition": true, "content": true, "events": true,
	"url": false, "secret": false, "connection": false,

	"password": false, "current_password": false, "new_password": false, "code": false, "recovery_code": false,
	"setup_code": false, "enrollment": false,
	// What belongs to a page as it was, and to no other.
	"next": false, "saved": false, "remember": false, "notice": false, "until": false, "import": false, "from": false, "to": false, "everywhere": false,
	// What a button sends, and nobody types.
	"item": false, "filter": false, "use": false, "place": false, "done": false,
}

// Waits reports whether what was typed into a field of this name waits over a
// proof; known is false if nobody decided that yet.
func Waits(name string) (yes, known bool) {
	yes, known = fields[name]
	return yes, known
}

// many are the fields that come once for each ticked box. A form has one of them at most. A group
// is one in the list of users, and several beside who may open an application.
func many(form url.Values, name string) bool {
	return name == "user" || name == "events" || name == "group" && form.Has("access")
}

func secretField(name string) bool {
	return strings.Contains(name, "password") || strings.Contains(name, "code") || name == "url" || name == "secret" || name == "connection"
}

// The marks of a kept form, which are no names of fields.
const (
	markAction  = "!action"
	markSecrets = "!secrets"
	markFile    = "!file"
)

// Encode writes it as text, for DecodeKept.
func (k Kept) Encode() string {
	all := url.Values{}
	for name, values := range k.Fields {
		all[name] = values
	}
	all.Set(markAction, k.Action)
	if k.Secrets {
		all.Set(markSecrets, "1")
	}
	if k.File {
		all.Set(markFile, "1")
	}
	return all.Encode()
}

// DecodeKept reads what Encode wrote.
func DecodeKept(text []byte) (k Kept, err error) {
	k.Fields, err = url.ParseQuery(string(text))
	k.Action = k.Fields.Get(markAction)
	k.Secrets, k.File = k.Fields.Has(markSecrets), k.Fields.Has(markFile)
	k.Fields.Del(markAction)
	k.Fields.Del(markSecrets)
	k.Fields.Del(markFile)
	return k, err
}

// Keep is what may wait of a form that was sent to a path of ours; ok is false if there
// is nothing, or if no page of ours can have sent it.
func Keep(action string, body []byte) (k Kept, ok bool) {
	sent, err := url.ParseQuery(string(body))
	if err != nil || len(sent) == 0 {
		return k, false
	}
	k.Action, k.Fields = action, url.Values{}
	for name, values := range sent {
		if len(values) > 1 && !many(sent, name) || slices.ContainsFunc(values, func(s string) bool { return !readable(s) }) {
			return k, false
		}
		if fields[name] {
			k.Fields[name] = values
		} else {
			k.Secrets = k.Secrets || secretField(name) && values[0] != ""
		}
	}
	return k, len(k.Fields) > 0 || k.Secrets
}

// Fill is what the form shows at first: values, and in their place what waits. The values
// of the field that comes many times are the second result.
func (k Kept) Fill(values Form) (form Form, chosen []string) {
	form = Form{}
	for name, value := range values {
		form[name] = value
	}
	for name, all := range k.Fields {
		if many(k.Fields, name) {
			chosen = all
			continue
		}
		form[name] = all[0]
	}
	// A box that is not ticked is not sent: what the form did not bring is empty.
	for name := range form {
		if fields[name] && !k.Fields.Has(name) && !k.File {
			form[name] = ""
		}
	}
	return form, chosen
}

// HasSecret reports whether a form has a password or a code in it.
func HasSecret(body []byte) bool {
	sent, err := values(body)
	for name, values := range sent {
		if secretField(name) && slices.ContainsFunc(values, func(s string) bool { return s != "" }) {
			return err == nil
		}
	}
	return false
}

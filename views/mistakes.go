package views

// FieldError is one mistake in a form.
type FieldError struct {
	// Field is the name of the control at fault, empty when it is the form as a whole.
	Field string
	// Message is a sentence for people, without a full stop.
	Message string
}

// Errors are the mistakes of one form in the order of its controls. The zero value is none.
type Errors []FieldError

// For returns the first message about a field, or an empty string.
func (e Errors) For(field string) string {
	for _, x := range e {
		if x.Field == field {
			return x.Message
		}
	}
	return ""
}

// summary returns the errors without those whose words have been said already,
// so that "Check your username and password" at two fields is listed once.
func (e Errors) summary() Errors {
	out := make(Errors, 0, len(e))
	for _, x := range e {
		if !out.says(x.Message) {
			out = append(out, x)
		}
	}
	return out
}

func (e Errors) says(message string) bool {
	for _, x := range e {
		if x.Message == message {
			return true
		}
	}
	return false
}

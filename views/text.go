package views

import "errors"

// asText is what generated code writes in place of an expression in a template, before it is escaped. It does what
// templ.JoinStringErrs does to a string, which formats it as a value of any type: two allocations for each expression.
// make generate puts its name into the generated code.
func asText[T ~string](s T, errs ...error) (string, error) {
	return string(s), errors.Join(errs...)
}

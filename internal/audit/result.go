package audit

// Result is how an event ended.
type Result string

// The results.
const (
	// ResultOK is something that was done.
	ResultOK Result = "ok"
	// ResultFailed is a try that was not right, such as a wrong code.
	ResultFailed Result = "failed"
	// ResultBlocked is a try that was not looked at, because of a limit or a rule.
	ResultBlocked Result = "blocked"
)

// Results returns every result, for a select.
func Results() []Result { return []Result{ResultOK, ResultFailed, ResultBlocked} }

// Words returns the result for people.
func (r Result) Words() string {
	switch r {
	case ResultOK:
		return "Done"
	case ResultFailed:
		return "Failed"
	case ResultBlocked:
		return "Blocked"
	}
	return string(r)
}

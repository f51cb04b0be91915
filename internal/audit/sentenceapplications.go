package audit

// ApplicationDetail is what events call the application that they are about, by its slug.
const ApplicationDetail = "application"

// tellApplication is what somebody did to an application, or with it.
func tellApplication(verb string) telling {
	return func(e Entry, _ people) string { return verb + " " + applicationOf(e) }
}

func applicationOf(e Entry) string {
	if slug := value(e, ApplicationDetail); slug != "" {
		return "the application " + quoted(slug)
	}
	return "an application"
}

func tellApplicationChanged(e Entry, _ people) string {
	words := "changed " + applicationOf(e)
	rest := e
	rest.Details = nil
	for _, d := range e.Details {
		if d.Name != ApplicationDetail {
			rest.Details = append(rest.Details, d)
		}
	}
	if changed := fields(rest); changed != "" {
		words += ". " + changed
	}
	return words
}

func tellApplicationDenied(e Entry, _ people) string {
	return "tried to open " + applicationOf(e) + " without access"
}

// tellApplicationClosed tells that somebody signed out of an application, or was signed out of it.
func tellApplicationClosed(e Entry, p people) string {
	if e.ActorID == e.SubjectID {
		return "signed out of " + applicationOf(e)
	}
	return "signed " + p.them + " out of " + applicationOf(e)
}

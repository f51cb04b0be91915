// Package account is what is done to a user, from anywhere: pages, commands and jobs do it
// the same way, with the same guards and the same rows in the audit log.
package account

import (
	"errors"

	"latchkey/internal/problem"
	"latchkey/internal/store"
)

// InTheBin says of names that are taken by somebody in the recycle bin that it is so, and
// where to find them: an administrator would look for them on the list in vain. Errors
// of other kinds come back as they are.
func InTheBin(err error) error {
	if !problem.Is(err, problem.Invalid) {
		return err
	}
	var all []error
	for _, p := range problem.All(err) {
		if holder, ok := errors.AsType[*store.Holder](p.Err); ok {
			p = held(p, holder)
		}
		all = append(all, p)
	}
	return errors.Join(all...)
}

// held is the problem without its cause, which a command would print.
func held(p *problem.Problem, holder *store.Holder) *problem.Problem {
	now := *p
	now.Err = nil
	if !holder.Deleted {
		return &now
	}
	name := holder.Name
	if name == "" {
		name = holder.Username
	}
	now.Message = "Somebody in the recycle bin has that username: " + name
	if p.Field == "email" {
		now.Message = "Somebody in the recycle bin has this email address: " + name
	}
	now.Link, now.LinkWords = "/admin/users/"+holder.ID, "Show "+name
	return &now
}

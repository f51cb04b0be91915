package user

import (
	"slices"
	"strings"
)

// reserved reports names that nobody can have, however their parts are joined: they would
// be mistaken for the program itself in the audit log, for nobody, for a word that stands
// in the place of a user in a path, or for no value at all in an export.
func reserved(name string) bool { return slices.Contains(strings.Fields(reservedNames), joined(name)) }

const reservedNames = ` root system latchkey cli server kernel daemon mailerdaemon
	nobody anonymous unknown deleted somebody everyone everybody
	new import bulk explain export invitations edit me self
	null nil none undefined true false nan `

// Official reports names by which a service speaks to its users: the mailboxes of RFC 2142
// and what people take for the staff. admin is not among them; it is the name of a real
// administrator in too many places.
func Official(name string) bool { return slices.Contains(strings.Fields(officialNames), joined(name)) }

const officialNames = ` administrator administrators admins administration sysadmin siteadmin webadmin
	superuser superadmin sudo operator operators moderator moderators owner
	support supportteam techsupport itsupport customersupport customerservice helpdesk servicedesk service help helpcenter helpcentre
	info contact feedback team staff official trust safety security securityteam abuse fraud privacy legal compliance billing accounts account
	postmaster hostmaster webmaster ssladmin ssladministrator sslwebmaster noc usenet news uucp ftp www mail email mailer
	marketing sales noreply donotreply notification notifications notify alert alerts bounce bounces
	password passwords login signin logon verify verification verified authenticator
	it itdepartment ithelp ithelpdesk `

// joined is a name without what may stand between its parts, so that no-reply and
// help.desk are found too.
func joined(name string) string { return strings.NewReplacer(".", "", "_", "", "-", "").Replace(name) }

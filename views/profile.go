package views

import (
	"context"
	"io"
	"strings"
	"time"
)

// Profile shows the facts about me, GET /profile.
type Profile struct {
	Frame
	Username, Name, Email string
	// EmailPending is a new address that waits to be confirmed, empty for none.
	EmailPending string
	// EmailUnconfirmed says that Email itself has not been confirmed.
	EmailUnconfirmed bool
	// CanSend says that mail works, so that a link can be sent to what is not confirmed.
	CanSend bool
	// CanDelete says that people may delete themselves.
	CanDelete bool
	Notices   Notices
	// Role is "user" or "admin".
	Role  string
	Since time.Time
	// TwoStep says that at least one authenticator is on.
	TwoStep bool
	// CodesLeft counts unused recovery codes.
	CodesLeft int
	// Ready says how well a lost phone is provided for; empty where nothing is left to do.
	Ready string
	// CodesOld says that the recovery codes are from before an older database was put back.
	CodesOld bool
}

// ProfileEdit changes name, address, theme and time zone, GET and POST /profile/edit.
// Fields: name email theme time_zone.
type ProfileEdit struct {
	Frame
	Username, Name, Email string
	// EmailNeedsConfirm says that mail works: a new address counts once its link was opened.
	EmailNeedsConfirm bool
	// ThemeChoice is what is chosen: light, dark, or anything else for the device's.
	ThemeChoice string
	// TimeZone is the zone that is chosen, "" for the browser's; Zones are all there are.
	TimeZone string
	Zones    []string
}

// ProfileDelete asks before people delete their own account, GET and POST /profile/delete.
// Field: confirm_username.
type ProfileDelete struct {
	Frame
	Username string
	// Typed is what was typed to be sure.
	Typed string
	// Refused is the reason why it cannot be done, a whole sentence; empty when it can.
	Refused string
}

// Render draws the page.
func (p ProfileDelete) Render(ctx context.Context, w io.Writer) error {
	return p.page("Delete your account", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p Profile) Render(ctx context.Context, w io.Writer) error {
	return p.page("Profile", p.body()).Render(ctx, w)
}

// Render draws the page.
func (p ProfileEdit) Render(ctx context.Context, w io.Writer) error {
	return p.page("Edit profile", p.body()).Render(ctx, w)
}

func (p ProfileEdit) themes() []radio {
	light, dark := p.ThemeChoice == "light", p.ThemeChoice == "dark"
	return []radio{
		{value: "system", words: "Same as my device", checked: !light && !dark},
		{value: "light", words: "Light", checked: light},
		{value: "dark", words: "Dark", checked: dark},
	}
}

// zoneGroup is the zones of one part of the world.
type zoneGroup struct {
	label string
	zones []Option
}

// zoneGroups sorts zones that come by name into parts of the world. One without a part,
// such as UTC, is in a group without a label.
func zoneGroups(names []string) (all []zoneGroup) {
	for _, name := range names {
		part, place, ok := strings.Cut(name, "/")
		if !ok {
			part, place = "", name
		}
		if len(all) == 0 || all[len(all)-1].label != part {
			all = append(all, zoneGroup{label: part})
		}
		g := &all[len(all)-1]
		g.zones = append(g.zones, Option{name, strings.NewReplacer("_", " ", "/", ", ").Replace(place)})
	}
	return all
}

func (p ProfileEdit) emailHint() string {
	if p.EmailNeedsConfirm {
		return "We send a link to a new address. Your old address stays in use until you open it."
	}
	return "The new address takes effect immediately."
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func roleWords(role string) string {
	if role == "admin" {
		return "Administrator"
	}
	return "User"
}

func (p ProfileEdit) zoneField() field {
	return field{
		name: "time_zone", label: "Time zone", error: p.Errors.For("time_zone"),
		hint: "Used for times on pages and in emails. If you do not choose one, emails use UTC, and so do pages if JavaScript is off.",
	}
}

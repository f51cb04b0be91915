package web

import (
	"strings"
	"time"
)

// shownCookie is in a browser from a page that is shown only now to the next page.
const shownCookie = "latchkey-shown"

// shownFor is longer than anybody looks at such a page.
const shownFor = 24 * time.Hour

// OnlyNow keeps the page of this answer from coming back with the Back button.
// Chromium keeps even a page that is not to be stored and shows it again without
// asking, unless a cookie of ours changed since. So the browser gets one here, and the
// next page takes it away again: that is the change. It grants nothing. Call it after
// Frame, which takes the cookie of such a page before away.
func (v *Visitor) OnlyNow() { v.setToken(shownCookie, v.RequestID, shownFor) }

// leaveShown takes the cookie of the page before away, if that was shown only once and
// somebody leaves it: for a page that another site asks for, nobody does.
func (v *Visitor) leaveShown() {
	if !v.Meant() {
		return
	}
	// Every page comes by here: looking for the name costs less than reading cookies.
	for _, sent := range v.c.Request().Header["Cookie"] {
		if strings.Contains(sent, shownCookie) {
			v.dropToken(shownCookie)
			return
		}
	}
}

package web

import "latchkey/internal/seen"

// tellSeen tells latchkey check, and nobody else, how its request reached the server.
func (v *Visitor) tellSeen() {
	question := v.c.Request().Header.Get(seen.Question)
	if question == "" || !seen.MayKnow(v.Instance, question, v.Now) {
		return
	}
	reach := v.Way.Reach()
	s := seen.Request{IP: reach.IP, URL: reach.URL, Version: v.Version, Newest: v.Ring.Newest()}
	for _, network := range v.TrustedProxies {
		s.Trusted = append(s.Trusted, network.String())
	}
	for _, t := range reach.Troubles {
		s.Troubles = append(s.Troubles, [2]string{t.Text, t.Fix})
	}
	text, err := s.Encode()
	if err != nil {
		v.Log.Error("telling how a request was seen", "id", v.RequestID, "error", err)
		return
	}
	v.c.Response().Header().Set(seen.Answer, text)
}

package views

import "time"

// aStream is one that runs and is up to date.
func aStream() Stream {
	return Stream{
		ID: "s1", Name: "Security monitoring", Kind: "webhook", Address: "siem.example.com", State: "running", For: 72 * time.Hour, Kinds: 58,
		Answer: "Accepted (200)", Answered: now.Add(-time.Minute), AnswerIn: 84 * time.Millisecond, Delivered: now.Add(-time.Minute), DeliveredFor: time.Minute,
		Lately: 124,
	}
}

func streamWith(change func(*Stream)) Stream {
	s := aStream()
	change(&s)
	return s
}

func failedStream() Stream {
	return streamWith(func(s *Stream) {
		s.ID, s.Name, s.Kind, s.Address, s.State, s.For = "s3", "Data warehouse", "eventhubs", "audit@acme-events", "failed", 2*time.Hour
		s.Behind, s.BehindFor, s.Failing, s.FailingFor, s.Lately = 5902, 26*time.Hour, 104, 26*time.Hour, 0
		s.Answer, s.AnswerIn = "no such host", 12*time.Second
		s.Delivered, s.DeliveredFor = now.Add(-26*time.Hour), 26*time.Hour
	})
}

func failingStream() Stream {
	return streamWith(func(s *Stream) {
		s.ID, s.Name, s.Behind, s.BehindFor, s.Failing, s.FailingFor, s.Lately = "s5", "Joiners", 12, 2*time.Hour, 9, 2*time.Hour, 3
		s.Next, s.Answer = now.Add(4*time.Minute), "503 Service Unavailable “back at ten”"
	})
}

func pausedStream() Stream {
	return streamWith(func(s *Stream) {
		s.ID, s.Name, s.Kind, s.Address, s.State, s.By, s.For = "s4", "archive", "file", "archive.jsonl", "paused", "Ada Lovelace", 2*time.Hour
		s.Behind, s.BehindFor, s.Chosen, s.Lately = 118, 2*time.Hour, 6, 0
	})
}

func evilStream() Stream {
	return Stream{ID: "s1", Name: hostile, Kind: "webhook", Address: hostile, State: "paused", By: hostile, Answer: hostile, Answered: now, Behind: 1, Dead: 1}
}

func streamExamples() []example {
	set := func(errors ...FieldError) Frame { return adminFrame("/admin/settings", errors...) }
	one := StreamPage{Frame: set(), Stream: aStream(), KeyMark: "q4Z8", KeyAt: now.AddDate(0, -8, 0), Created: now.AddDate(0, -8, 0),
		Today: 4318, Yesterday: 48120, Hour: 702, Sent: 1204374}
	page := func(s Stream, changes ...func(*StreamPage)) StreamPage {
		p := one
		p.Stream = s
		for _, change := range changes {
			change(&p)
		}
		return p
	}
	letters := []DeadLetter{
		{Event: Event{Seq: 1204371, Words: "Wrong password", Who: "dmr"}, Answer: "413 Payload Too Large", At: now.Add(-2 * time.Hour)},
		{Event: Event{Seq: 1204102, Words: "Changed the user", Who: "ada", OnWhom: "fatima"}, Answer: "400 Bad Request “unknown field: details.locale”", At: now.Add(-7 * time.Hour)},
		{Event: Event{Seq: 904}, Answer: "400 Bad Request", At: now.Add(-900 * time.Hour), Gone: true},
	}
	dead := streamWith(func(s *Stream) { s.Dead, s.Behind, s.BehindFor = 3, 12, 40*time.Second })
	many := streamWith(func(s *Stream) { s.Dead = 312 })
	evil := evilStream()
	evilLetters := []DeadLetter{{Event: Event{Seq: 1, Words: hostile, Who: hostile, OnWhom: hostile}, Answer: hostile, At: now}}
	all := []example{
		{"streams", Streams{Frame: set(), Rows: []Stream{failedStream(), failingStream(), dead, aStream(), pausedStream()}}},
		{"streams-none", Streams{Frame: set()}},
		{"streams-one", Streams{Frame: set(), Rows: []Stream{aStream()}}},
		{"streams-failing", Streams{Frame: set(), Rows: []Stream{failingStream(), aStream()}}},
		{"streams-all-failed", Streams{Frame: set(), Rows: []Stream{failedStream(), failedStream()}}},
		{"streams-hostile", Streams{Frame: hostileFrame("/admin/settings"), Rows: []Stream{evil}}},
		{"stream", page(aStream())},
		{"stream-new", page(Stream{ID: "s9", Name: "Security monitoring", Kind: "webhook", Address: "siem.example.com", State: "running"}, func(p *StreamPage) { p.Today, p.Yesterday, p.Hour, p.Sent = 0, 0, 0, 0 })},
		{"stream-behind", page(streamWith(func(s *Stream) { s.Behind, s.BehindFor, s.Missed = 1, 3*time.Hour, 17 }))},
		{"stream-refused", page(dead, func(p *StreamPage) { p.DeadLetters = letters })},
		{"stream-refused-many", page(many, func(p *StreamPage) { p.DeadLetters = letters })},
		{"stream-failing", page(failingStream(), func(p *StreamPage) {
			p.Tries = []StreamTry{{now.Add(-8 * time.Minute), "503 Service Unavailable “back at ten”"}, {now.Add(-16 * time.Minute), "no answer within 15 seconds"}}
		})},
		{"stream-failed", page(failedStream(), func(p *StreamPage) { p.Partition, p.Readable = "3", true })},
		{"stream-failed-refused", page(streamWith(func(s *Stream) {
			s.State, s.For, s.Dead, s.Behind, s.BehindFor = "failed", time.Hour, 100, 12, time.Hour
		}), func(p *StreamPage) { p.DeadLetters = letters })},
		{"stream-paused", page(pausedStream(), func(p *StreamPage) {
			p.Lean, p.KeyMark, p.Readable = true, "", true
			p.Events = []string{"User added", "User deleted", "User disabled", "User enabled", "User invited", "User restored"}
		})},
		{"stream-paused-by-them", page(streamWith(func(s *Stream) { s.State, s.Answer = "paused", "410 Gone" }))},
		{"stream-resumed", page(streamWith(func(s *Stream) { s.Answer, s.AnswerIn, s.Behind = "no such host", 0, 1 }))},
		{"stream-two-keys", page(aStream(), func(p *StreamPage) { p.OldKeyUntil = now.Add(23 * time.Hour) })},
		{"stream-tested", page(aStream(), func(p *StreamPage) {
			p.Frame = set().flashing(Flash{Kind: "warn", Text: "The other side did not accept the test event: 401 Unauthorized"})
		})},
		{"stream-hostile", StreamPage{Frame: hostileFrame("/admin/settings"), Stream: evil, KeyMark: hostile, KeyAt: now, Created: now, Partition: hostile, Events: []string{hostile}, Tries: []StreamTry{{now, hostile}}, DeadLetters: evilLetters}},
		{"stream-dead", DeadLetters{Frame: set(), Stream: many, Letters: letters, Older: "/admin/streams/s1/dead?before=904"}},
		{"stream-dead-none", DeadLetters{Frame: set(), Stream: aStream()}},
		{"stream-dead-hostile", DeadLetters{Frame: hostileFrame("/admin/settings"), Stream: evil, Letters: evilLetters}},
		{"stream-key", StreamKey{Frame: set(), Stream: aStream(), Key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}},
		{"stream-key-replaced", StreamKey{Frame: set(), Stream: aStream(), Key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", OldKeyUntil: now.Add(24 * time.Hour)}},
	}
	return append(all, append(streamFormExamples(), append(streamAskExamples(), streamCheckExamples()...)...)...)
}

func streamCheckExamples() []example {
	hub := failedStream()
	arrived := []StreamArrival{
		{Seq: 1204371, Words: "Password accepted", Who: "dmr", Partition: "2", Sequence: 90211, At: now.Add(-time.Minute)},
		{Seq: 1204370, Words: "Changed the user", Who: "ada", OnWhom: "fatima", Verdict: "doubled", Partition: "0", Sequence: 90210, At: now.Add(-time.Minute)},
	}
	wrong := []StreamArrival{
		{Seq: 1204102, Words: "Changed the user", Who: "ada", Verdict: "missing"},
		{Seq: 1204103, Words: "Changed the user", Who: "ada", Verdict: "altered", Partition: "0", Sequence: 17, At: now.Add(-time.Minute)},
		{Seq: 1204104, Words: "Changed the user", Who: "ada", Verdict: "out of order", Sequence: 18, At: now.Add(-time.Minute)},
		{Seq: 9204104, Words: "x", Verdict: "unknown", Sequence: 19, At: now.Add(-time.Minute)},
	}
	check := func(change func(*StreamCheck), errors ...FieldError) StreamCheck {
		p := StreamCheck{Frame: adminFrame("/admin/settings", errors...), Stream: hub, From: "hour", Done: true, Most: 20000}
		change(&p)
		return p
	}
	return []example{
		{"stream-check", check(func(p *StreamCheck) { p.Sent, p.Arrived, p.Last = 702, 702, arrived[:1] })},
		{"stream-check-twice", check(func(p *StreamCheck) {
			p.Sent, p.Arrived, p.Doubled, p.Last, p.Examples = 702, 704, 2, arrived, arrived[1:]
		})},
		{"stream-check-order", check(func(p *StreamCheck) { p.Sent, p.Arrived, p.Disordered, p.Examples = 702, 702, 1, wrong[2:3] })},
		{"stream-check-bad", check(func(p *StreamCheck) {
			p.From, p.Sequence, p.Sent, p.Arrived, p.Missing, p.Altered, p.Disordered, p.Unknown, p.Examples, p.Last = "sequence", "17", 702, 702, 1, 1, 1, 1, wrong, arrived
			p.LaterThanAsked, p.SetAside, p.Foreign = true, 3, 1
		})},
		{"stream-check-cut", check(func(p *StreamCheck) { p.Arrived, p.CutOff, p.SetAside, p.Foreign = 20000, true, 1, 12 })},
		{"stream-check-nothing", check(func(p *StreamCheck) { p.From = "day" })},
		{"stream-check-trimmed", check(func(p *StreamCheck) { p.LaterThanAsked = true })},
		{"stream-check-trouble", check(func(p *StreamCheck) {
			p.Done, p.Trouble = false, "acme-events.servicebus.windows.net does not answer on port 5671"
		})},
		{"stream-check-error", check(func(p *StreamCheck) { p.Done, p.From, p.Sequence = false, "sequence", "first" }, FieldError{"sequence", "Enter a sequence number, such as 0 or 1042"})},
		{"stream-check-hostile", check(func(p *StreamCheck) {
			p.Frame, p.Stream, p.Sequence, p.Missing = hostileFrame("/admin/settings"), evilStream(), hostile, 1
			p.Examples = []StreamArrival{{Words: hostile, Who: hostile, OnWhom: hostile, Verdict: "altered", Partition: hostile, At: now}}
		})},
	}
}

func streamFormExamples() []example {
	set := func(errors ...FieldError) Frame { return adminFrame("/admin/settings", errors...) }
	groups := []EventGroup{{"Signing in", []Option{{"login.password", "Sign-in with a password"}, {"login.code", "Sign-in with a code"}}}, {"Users", []Option{{"user.created", "User added"}}}}
	form := func(kind string, errors ...FieldError) StreamForm {
		return StreamForm{Frame: set(errors...), Kind: kind, Content: "full", Groups: groups}
	}
	hook, hub, file := form("webhook"), form("eventhubs"), form("file")
	hook.Stale = true
	badHook := form("webhook", FieldError{"name", "Enter a name"}, FieldError{"url", "The URL must begin with https://"}, FieldError{"secret", "A signing key begins with whsec_"}, FieldError{"content", "Choose what an event holds"})
	badHook.URL, badHook.Content = "http://siem.example.com/hooks", ""
	badHub := form("eventhubs", FieldError{"name", "There is a stream of this name already"}, FieldError{"connection", "The connection string has no EntityPath"}, FieldError{"partition", "A partition is a number"}, FieldError{"events", "There is no event called “x”"})
	badHub.Name, badHub.Partition = "archive", "first"
	badFile := form("file", FieldError{"name", "The name can have up to 60 letters, digits, spaces, dots and dashes, and begins with a letter or a digit"})
	badFile.Name, badFile.Chosen = "../../etc/passwd", []string{"login.code"}
	edit := func(f StreamForm, name, address string) StreamForm {
		f.Stale, f.ID, f.Name, f.Stored, f.Address, f.Version, f.Chosen = false, "s1", name, name, address, 7, []string{"user.created"}
		return f
	}
	conflict := edit(hook, "Security monitoring", "siem.example.com")
	conflict.Frame = set(FieldError{"", "Somebody else changed this stream meanwhile. Look at it again."})
	evil := edit(hook, hostile, hostile)
	evil.Frame, evil.URL, evil.Partition = hostileFrame("/admin/settings"), hostile, hostile
	return []example{
		{"stream-kinds", StreamKinds{set()}},
		{"stream-kinds-error", StreamKinds{set(FieldError{"kind", "Choose where the events go"})}},
		{"stream-add-webhook", hook}, {"stream-add-webhook-errors", badHook}, {"stream-add-file", file}, {"stream-add-file-errors", badFile},
		{"stream-add-hub", hub}, {"stream-add-hub-errors", badHub},
		{"stream-edit-webhook", edit(hook, "Security monitoring", "siem.example.com")}, {"stream-edit-file", edit(file, "archive", "archive.jsonl")},
		{"stream-edit-hub", edit(hub, "Data warehouse", "audit@acme-events")}, {"stream-edit-conflict", conflict}, {"stream-edit-hostile", evil},
	}
}

func streamAskExamples() []example {
	ask := func(s Stream, act string) StreamAsk {
		return StreamAsk{Frame: adminFrame("/admin/settings"), Stream: s, Act: act}
	}
	twice := ask(aStream(), "new-key")
	twice.OldKey = true
	evil := ask(evilStream(), "delete")
	evil.Frame = hostileFrame("/admin/settings")
	dead := streamWith(func(s *Stream) { s.Dead, s.Behind = 3, 1 })
	return []example{
		{"stream-pause", ask(aStream(), "pause")}, {"stream-resume", ask(pausedStream(), "resume")}, {"stream-resume-nothing", ask(aStream(), "resume")},
		{"stream-delete", ask(aStream(), "delete")}, {"stream-delete-more", ask(dead, "delete")}, {"stream-delete-hostile", evil},
		{"stream-new-key", ask(aStream(), "new-key")}, {"stream-new-key-twice", twice},
	}
}

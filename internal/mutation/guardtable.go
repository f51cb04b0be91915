package main

import "slices"

// guards is the table. What a guard looks for is the text of the code, so that whoever
// changes that line sees the entry fail and mends it; a test says which.
var guards = slices.Concat(signingIn, secondSteps, sessionGuards, fromOutside, administration, aroundThem)

// Passwords, and how often one may guess.
var signingIn = []guard{
	{"an attempt that has to wait is not checked", "AU-01", "internal/login/check.go",
		`if a.try.Refused() {
		return password.NoMatch, proof.Refusal(v.Instance, a.try)
	}
	match, err = a.verify(v)`, `match, err = a.verify(v)`, "attack", "AU01_BurstOfPasswords"},
	{"only a busy answer is taken back", "AU-01", "internal/web/session/count.go",
		`if errors.Is(err, password.ErrBusy) {`, `if true {`, "attack", "AU01_OnlyABusy"},
	{"an attempt is counted", "AU-02", "internal/auth/limit.go",
		`	t.Count++`, ``, "auth", "AU02_"},
	{"an IPv6 customer is one network", "AU-09", "internal/auth/network.go",
		`return prefix(ip, 32, 64)`, `return prefix(ip, 32, 128)`, "auth", "AU09_"},
	{"waits grow", "AU-02", "internal/auth/limit.go",
		`wait *= 2`, `wait += 0`, "auth", "AU02_"},
	{"a wrong code is counted before it is looked at", "AU-01", "internal/login/code.go",
		`if err != nil || counted && !try.Refused() {`, `if err != nil || counted || !counted {`, "attack", "AU01_BurstOfCodes|AU03_Success|AU02_Waits"},
	{"a right password does not forget wrong codes", "AU-03", "internal/instance/trypassword.go",
		`clears: []bucketKey{slot}}`, `clears: []bucketKey{slot, {auth.BucketCode, u.ID}, {auth.BucketSecond, u.ID}}}`, "attack", "AU03_"},
	{"a known browser has its own count", "AU-04", "internal/instance/trypassword.go",
		`if known && found {`, `if known && !found {`, "attack", "AU04_StrangerCannotLock"},
	{"a browser whose tries wait for an answer stays known", "AU-04", "internal/instance/trypassword.go",
		`waits := auth.LimitOf(b).Ceiling == 0 &&`, `waits := false &&`, "attack", "AU04_ManySignInsAtOnce"},
	{"disabled people cost the same hash", "AU-05", "internal/login/check.go",
		`if !a.found || !a.login.User.Active() {`, `if !a.found {`, "attack", "AU05_AnswersTell"},
	{"a long password is refused before it is hashed", "PW-02", "internal/password/rules.go",
		`if len(typed) > maxPasswordBytes {`, `if false {`, "password", "PW06_LengthComes|PW02_"},
	{"bcrypt sees no more than it can", "PW-03", "internal/password/hash.go",
		`return h.kind == plainBcrypt && len(password) > bcryptPassword`, `return false`, "password", "PW03_"},
	{"a password holds no name of its owner", "PW-05", "internal/password/rules.go",
		`case containsWord(password, r.Username):`, `case false:`, "password", "PW05_"},
	{"a common password is refused", "PW-05", "internal/password/rules.go",
		`if guessBits(password, cheapWords(r.Words)) < minBits {`, `if false {`, "password", "PW05_"},
	{"fifteen characters where a password is all", "PW-01", "internal/auth/settings.go",
		`if s.TwoStep != TwoStepEveryone || s.InGrace(now) {`, `if false {`, "auth", "PW01_"},
	{"a stored hash may cost only so much", "PW-08", "internal/password/cost.go",
		`if errors.Is(err, strconv.ErrRange) || err == nil && uint32(n) > high {`, `if errors.Is(err, strconv.ErrRange) {`, "password", "PW08_Evil"},
	{"an upgrade keeps a password that was changed meanwhile", "PW-09", "internal/store/passwords.go",
		`WHERE id = $3 AND password_hash = $4`, `WHERE id = $3 AND $4 <> ''`, "store", "PW09_"},
	{"an empty password never matches", "PW-15", "internal/password/hash.go",
		`return password == "" || h.tooLong(password)`, `return h.tooLong(password)`, "password", "PW15_"},
}

// Codes and recovery codes.
var secondSteps = []guard{
	{"a code works once", "OT-01", "internal/store/factors.go",
		`(last_step < $2 OR (last_step > $5 AND (step_before < $2 OR step_before > $5)))`, `$5 > 0`, "store", "OT01_|OT02_"},
	{"a code that was used is refused", "OT-01", "internal/web/proof/codes.go",
		`if !done {`, `if !done && false {`, "attack", "OT01_CodeIsOne"},
	{"a code is of now, give or take a step", "OT-03", "internal/factor/totp.go",
		`for skew := -Skew; skew <= Skew; skew++ {`, `for skew := -2 * Skew; skew <= 2*Skew; skew++ {`, "factor", "OT03_"},
	{"what has no six digits is no code", "OT-16", "internal/factor/clean.go",
		`if len(digits) != Digits {
		return "", false
	}`, ``, "factor", "OT16_"},
	{"a secret opens in its own place only", "OT-05", "internal/secret/seal.go",
		`return frame(append([]string{string(purpose), sealVersion, id}, aad...)...)`, `return frame(string(purpose), sealVersion, id)`, "secret", "OT05_"},
	{"a new app is on only after its code", "OT-07", "internal/security/enrol.go",
		`if !fits {`, `if !fits && false {`, "attack", "OT07_NothingIsOn"},
	{"two tabs: the app is the one that was seen", "OT-08", "internal/security/enrol.go",
		`if !ok || p.ID != form["enrollment"] || p.Owner != place(v) {`, `if !ok || p.Owner != place(v) {`, "attack", "OT08_"},
	{"another session confirms nothing", "OT-08", "internal/security/enrol.go",
		`|| p.Owner != place(v) {`, `{`, "attack", "OT08_"},
	{"an enrolment is confirmed once", "OT-07", "internal/store/factors.go",
		`DELETE FROM pending_authenticators WHERE user_id = $1 AND id = $2`, `DELETE FROM pending_authenticators WHERE user_id = $1 AND $2 <> ''`, "store", "OT07_|OT08_"},
	{"a recovery code works once", "OT-12", "internal/store/factors.go",
		`UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND mac = $3 AND used_at IS NULL`, `UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND mac = $3`, "store", "OT12_"},
	{"a recovery code is its user's alone", "OT-12", "internal/store/factors.go",
		`UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND mac = $3 AND used_at IS NULL`, `UPDATE recovery_codes SET used_at = $1 WHERE $2 <> '' AND mac = $3 AND used_at IS NULL`, "store", "OT12_"},
	{"wrong codes of all kinds have one ceiling", "OT-13", "internal/instance/trysecond.go",
		`counting(b, userID), counting(auth.BucketSecond, userID))`, `counting(b, userID))`, "attack", "OT13_CodesAndRecovery"},
	{"after a reset the password alone leads nowhere", "OT-10", "internal/auth/step.go",
		`case f.EnrolByLink && f.Authenticators == 0:`, `case false:`, "auth", "Next"},
	{"whoever must have an app sets one up first", "OT-19", "internal/auth/step.go",
		`case f.Authenticators == 0 && (f.MustEnrol || policy.Demands(f)):`, `case false:`, "auth", "AU14_|OT19_"},
}

// Sessions, pending sign-ins and remembered browsers.
var sessionGuards = []guard{
	{"the code step is not skipped", "AU-14", "internal/auth/step.go",
		`case f.Authenticators > 0 && p.Second.IsZero() && !(p.Remembered && CanBeRemembered(f.Role)):`, `case false:`, "attack", "AU14_StepsRun"},
	{"a pending sign-in ends after five codes", "OT-01", "internal/store/pending.go",
		`WHERE id_hash = $1 AND tries < $2`, `WHERE id_hash = $1 AND $2 > 0`, "store", "AU01_"},
	{"a pending sign-in is used once", "OT-01", "internal/web/session/start.go",
		`if !taken {`, `if !taken && false {`, "attack", "OT01_PendingSignInWorksOnce"},
	{"a new password ends pending sign-ins", "OT-15", "internal/store/pending.go",
		`alive := (p.Outlives || p.CredVersion == u.CredVersion) && now`, `alive := now`, "store", "OT15_"},
	{"only a token's hash is kept", "SE-01", "internal/web/session/start.go",
		`IDHash: secret.HashToken(token), ID: secret.ID(), UserID: u.ID, CredVersion: u.CredVersion, Proofs: p,`, `IDHash: secret.HashToken(token), ID: token, UserID: u.ID, CredVersion: u.CredVersion, Proofs: p,`, "attack", "SE01_TokensAreNot"},
	{"a proof brings a new token", "SE-02", "internal/store/sessions.go",
		`UPDATE sessions SET id_hash = $1, cred_version = $2,`, `UPDATE sessions SET id_hash = CASE WHEN $1 = '' THEN $1 ELSE id_hash END, cred_version = $2,`, "store", "SE02_"},
	{"two cookies of one name are none", "SE-05", "internal/web/cookies/cookies.go",
		`if len(all) == 1 {`, `if len(all) > 0 {`, "web/cookies", "SE05_"},
	{"a session ends by itself", "SE-06", "internal/store/sessions.go",
		`now.Before(s.IdleUntil) && now.Before(s.Ends) &&`, ``, "attack", "SE06_SessionsEnd"},
	{"a session dies with its credential", "SE-08", "internal/store/sessions.go",
		`return s.CredVersion == u.CredVersion && now`, `return now`, "store", "SE08_"},
	{"a disabled user's session is over", "SE-08", "internal/store/sessions.go",
		`now.After(s.LastSeen.Add(-clockSlack)) && u.Active()`, `now.After(s.LastSeen.Add(-clockSlack))`, "store", "SE08_"},
	{"a transaction looks at the session again", "SE-08", "internal/web/session/session.go",
		`if !holds {`, `if !holds && false {`, "attack", "SE08_TransactionsLook"},
	{"nobody ends another's session", "SE-09", "internal/store/sessions.go",
		`DELETE FROM sessions WHERE id = $1 AND user_id = $2`, `DELETE FROM sessions WHERE id = $1 AND $2 <> ''`, "store", "SE09_"},
	{"what is sensitive needs a fresh proof", "SE-12", "internal/web/access.go",
		`if v.IsFresh() {
		return nil
	}
	return v.confirmFirst()`, `return nil`, "attack", "SE12_FreshIs"},
	{"a clock that leaps forward removes nothing old", "OT-17", "internal/server/leap.go",
		`if by > longGap {`, `if false {`, "server", "OT17_EventsOf"},
	{"what is over stays over when the clock is set back", "OT-17", "internal/server/leap.go",
		`return s.endOver(ctx, now.Add(-by))`, `return nil`, "server", "OT17_AClockThatIsSetBack"},
	{"a link works no longer because the clock was ahead", "OT-17", "internal/store/links.go",
		`l.purpose = $2 AND l.ends_at > $3 AND l.created_at <= $4`, `l.purpose = $2 AND l.ends_at > $3 AND $4 > 0`, "store", "OT17_NothingOf"},
	{"a proof of the future is not fresh", "OT-17", "internal/auth/step.go",
		`return age >= 0 && age < within`, `return age < within`, "auth", "SE12_"},
	{"a remembered browser never is for administrators", "SE-14", "internal/auth/step.go",
		`!(p.Remembered && CanBeRemembered(f.Role)):`, `!p.Remembered:`, "auth", "Next"},
	{"a copied remembered cookie is noticed", "SE-14", "internal/store/browsers.go",
		`return yes && !stolen && err == nil, stolen, err`, `return yes && err == nil, false, err`, "store", "SE14_"},
	{"a user has so many sessions", "SE-15", "internal/store/sessions.go",
		`ORDER BY last_seen_at DESC, id LIMIT $3)`, `ORDER BY last_seen_at DESC, id LIMIT $3 + 1000)`, "store", "SE15_"},
}

// What comes from outside: forms, addresses, hosts, redirects, links.
var fromOutside = []guard{
	{"a form of another site is refused", "WE-04", "internal/web/middleware.go",
		`if err := v.Way.CheckOrigin(); err != nil {
		return err
	}`, ``, "attack", "WE04_Origins"},
	{"a form without origin and site is refused", "WE-04", "internal/web/arrival/origin.go",
		`origin == "" && site != "")`, `origin == "")`, "web/arrival", "WE04_"},
	{"only three methods", "WE-05", "internal/web/middleware.go",
		`return echo.NewHTTPError(http.StatusMethodNotAllowed)`, `return nil`, "attack", "WE05_Methods"},
	{"next is a page of ours", "WE-06", "internal/web/session/next.go",
		`if len(next) > most || !localPath.MatchString(next) {`, `if len(next) > most {`, "web/session", "WE06_"},
	{"next has no dots", "WE-06", "internal/web/session/next.go",
		`|| u.Path != path.Clean(u.Path) {`, `{`, "web/session", "WE06_"},
	{"only forms are read", "WE-09", "internal/web/middleware.go",
		`if !forms.IsForm(r) && !v.takesUpload() {`, `if false {`, "attack", "WE09_OnlyForms"},
	{"a field stands once", "WE-10", "internal/web/forms/form.go",
		`if len(sent) != 1 {`, `if len(sent) == 0 {`, "web/forms", "WE10_"},
	{"a form has only its own fields", "WE-10", "internal/web/forms/form.go",
		`if !slices.Contains(names, name) {`, `if false {`, "web/forms", "WE10_"},
	{"a field that is missing clears nothing", "WE-10", "internal/web/forms/form.go",
		`if _, sent := f[name]; !sent {`, `if false {`, "attack", "WE10_AField"},
	{"text is UTF-8 without NUL", "WE-12", "internal/web/forms/form.go",
		`return utf8.ValidString(value) && !strings.ContainsRune(value, 0)`, `return true`, "web/forms", "WE10_|WE12_"},
	{"a stranger's X-Forwarded-For is not believed", "AU-09", "internal/web/arrival/client.go",
		`if !trusted {
		return from, true
	}`, ``, "web/arrival", "AU09_"},
	{"another host is refused", "EX-01", "internal/web/middleware.go",
		`return v.Way.CheckHost(v.Log, v.RequestID)`, `return nil`, "attack", "EX01_AnotherHost"},
	{"a link is for one purpose", "CR-05", "internal/store/links.go",
		`l.token_hash = CAST($1 AS TEXT) AND l.purpose = $2 AND`, `l.token_hash = CAST($1 AS TEXT) AND $2 <> '' AND`, "store", "CR05_|MA03_"},
	{"a link is used once", "MA-03", "internal/store/links.go",
		`if err != nil || !taken {
		return false, err
	}`, ``, "store", "MA03_"},
	{"a link ends", "MA-03", "internal/store/links.go",
		`DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND ends_at > $3`, `DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND $3 > 0`, "store", "MA03_"},
	{"looking at a link uses nothing up", "WE-05", "internal/web/follow/follow.go",
		`if !v.Way.Navigates() {
			return v.Onward()
		}`, ``, "attack", "WE05_LookingTakes"},
}

// Access, administrators, applications.
var administration = []guard{
	{"administrators only", "AC-01", "internal/web/access.go",
		`if v.User.Role != user.RoleAdmin {
		return problem.New(problem.NotFound, "")
	}`, ``, "attack", "AC01_AccessMatrix"},
	{"a route says who may pass", "AC-01", "internal/web/site.go",
		`if a == route.Undeclared {`, `if a > route.Administrator {`, "web", "AC01_"},
	{"the last administrator stays", "AC-03", "internal/store/administrators.go",
		`free(tx.once(update+` + "` AND `" + `+keepsOne(demands), args...))`, `free(tx.once(update, args...))`, "store", "AC03_"},
	{"an old version of a user is not written", "AC-08", "internal/store/users.go",
		`WHERE id = $9 AND version = $10 AND deleted_at = 0`, `WHERE id = $9 AND $10 > 0 AND deleted_at = 0`, "store", "AC08_"},
	{"a second administrator approves", "AC-09", "internal/account/approval.go",
		`if err == nil && two {`, `if err == nil && two && false {`, "attack", "AC09_EveryWay"},
	{"an approval waits", "AC-09", "internal/store/approvals.go",
		`AND opens_at <= $3 AND ends_at > $3`, `AND ends_at > $3`, "attack", "AC09_Told|AC09_Refused"},
	{"whoever asked is still an administrator", "AC-09", "internal/store/approvals.go",
		`AND a.role = 'admin' AND a.disabled = FALSE`, `AND a.disabled = FALSE`, "attack", "AC09_TheAsker"},
	{"only a trusted proxy asks", "FD-01", "internal/web/access.go",
		`if v.Way.Trusted() {
			return nil
		}`, `return nil`, "attack", "FD01_OnlyTrusted"},
	{"two readings of a path are refused", "FD-03", "internal/access/path.go",
		`if isDots(part) && (i != last || part != "") {`, `if isDots(part) && i > last {`, "access", "FD03_"},
	{"an ambiguous path is refused where some are public", "FD-03", "internal/forward/check.go",
		`case len(f.gate.Public) > 0 && access.IsAmbiguous(path):`, `case false:`, "attack", "FD03_PublicPaths"},
	{"a hand-over code needs the browser that began", "FD-04", "internal/forward/state.go",
		`if secret.HashToken(joinState(w.token, path)) != stateHash {`, `if secret.HashToken(joinState(w.token, path)) == "" {`, "attack", "FD04_ACode|FD07_Tabs"},
	{"a hand-over code works once", "FD-04", "internal/store/applicationgate.go",
		"`DELETE FROM handover_codes WHERE code_hash = $1 RETURNING coalesce((SELECT s.user_id FROM sessions s WHERE s.id = session_id), ''), session_id, slug, host, state_hash, ends_at`", "`SELECT '', session_id, slug, host, state_hash, ends_at FROM handover_codes WHERE code_hash = $1`", "store", "FD04_"},
	{"an application's host is its own alone", "FD-05", "internal/forward/check.go",
		`case !f.gate.HostIsOurs, f.gate.Disabled && !known:`, `case f.gate.Disabled && !known:`, "attack", "FD0[1-7]"},
	{"who is not of the group has no access", "FD-06", "internal/store/applicationgate.go",
		`return !o.Disabled && (o.Everyone || len(o.Groups) > 0)`, `return !o.Disabled`, "attack", "FD06_WhatEnds|FD02_Identity"},
	{"a session that is over opens no application", "FD-06", "internal/forward/check.go",
		`if in && usable(v, o) {`, `if (in || true) && usable(v, o) {`, "attack", "FD06_WhatEnds"},
	{"to is a local path", "FD-07", "internal/forward/to.go",
		`if strings.HasPrefix(decoded, "//") || hasDots(decoded) ||`, `if`, "attack", "FD07_ToIs"},
}

// The audit log, secrets, files, streams, the store.
var aroundThem = []guard{
	{"a formula is text in a spreadsheet", "LO-06", "internal/importer/formula.go",
		`if beginning && beginsFormula(r) {`, `if beginning && r < 0 {`, "importer", "LO06_"},
	{"an unknown name is not kept", "LO-05", "internal/login/check.go",
		`if e.SubjectID == "" {
		e.SubjectName = audit.HideName(v.Ring, a.typed)
	}`, `if e.SubjectID == "" {
		e.SubjectName = a.typed
	}`, "attack", "LO05_|LO04_Secrets"},
	{"a burst is one row", "LO-08", "internal/store/limits.go",
		`if failures >= BurstRows && now`, `if false && now`, "store", "LO08_"},
	{"every row is chained to the one before", "LO-03", "internal/store/chain.go",
		`case !e.Follows(macs, before.mac, details):`, `case false:`, "store", "LO03_"},
	{"a row that is missing is noticed", "LO-03", "internal/store/chain.go",
		`case e.Seq != before.seq+1:
		return &BrokenChain{before.seq + 1, "the row is missing"}`, ``, "store", "LO03_"},
	{"a MAC is of one purpose", "CR-05", "internal/secret/mac.go",
		`hash := hmac.New(sha256.New, k.derive("mac", purpose))`, `hash := hmac.New(sha256.New, k.derive("mac", ""))`, "secret", "CR05_|CR03_"},
	{"a MAC is compared", "CR-05", "internal/secret/mac.go",
		`return k != nil && hmac.Equal(`, `return k != nil || hmac.Equal(`, "secret", "CR0|LO03_"},
	{"a key file is its owner's alone", "CR-02", "internal/secret/private.go",
		`path: path, look: os.Lstat, shut: 0o077}, most)`, `path: path, look: os.Lstat, shut: 0}, most)`, "secret", "CR02_"},
	{"one byte repeated is no key", "CR-02", "internal/secret/file.go",
		`if bytes.Count(raw, raw[:1]) == keySize {`, `if false {`, "secret", "CR02_"},
	{"nothing private is dialled", "ST-02", "internal/stream/guard/guard.go",
		`if !Open(a) {`, `if false {`, "stream/guard", "ST02_"},
	{"a mapped address is the one it maps", "ST-02", "internal/stream/guard/guard.go",
		`a = a.Unmap().WithZone("")
	if !a.IsValid() {`, `if !a.IsValid() {`, "stream/guard", "ST02_"},
	{"a fork is refused", "ST-05", "internal/stream/refill.go",
		`if err == nil && ok && e.MAC != newest.mac {`, `if err == nil && ok && e.MAC == "" {`, "stream", "ST05_AFork"},
	{"a row that comes back continues the chain", "ST-05", "internal/stream/refill.go",
		`if l.previous == mac {`, `if true {`, "stream", "ST05_"},
	{"an import has so many rows", "EX-03", "internal/importer/bounds.go",
		`case f.MaxRows > 0 && f.rows > f.MaxRows:`, `case false:`, "importer", "EX03_|RowsAre"},
	{"an error of the store denies", "AU-10", "internal/instance/try.go",
		`if *err != nil {
		t.Wait = auth.CeilingWait
	}`, ``, "attack", "AU10_WhatCannot"},
	{"a commit that failed stops writing", "AV-10", "internal/store/commit.go",
		`w.unknown = fmt.Errorf("the outcome of a commit is unknown: %w", err)`, `w.unknown = nil`, "store", "AV10_"},
}

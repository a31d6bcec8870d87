# Die deutschen Texte; angesprochen wird mit Sie.

cancel = Abbrechen
allow = Erlauben
yes = Ja
no = Nein
not-you = Nicht Sie?
footer-product = Angemeldet mit Keyward
title-error = Fehler: { $page }
duration-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}

app-links = Über { $app }
app-site = Über die App
app-policy = Datenschutzerklärung
app-terms = Nutzungsbedingungen

field-username = E-Mail oder Benutzername
field-password = Passwort
password-show = Anzeigen
    .label = Passwort anzeigen
password-hide = Verbergen
    .label = Passwort verbergen

login-title = Anmelden
login-title-again = Geben Sie Ihr Passwort erneut ein
login-title-choose = Konto auswählen
login-continue-to = weiter zu { $app }
login-submit = Anmelden
login-another = Oder mit einem anderen Konto
login-refused = Das passt nicht zusammen
    .text = Prüfen Sie E-Mail oder Benutzername und Passwort, und versuchen Sie es noch einmal.
    .field = Geben Sie Ihr Passwort erneut ein.
login-throttled = Zu viele Versuche
    .text = Zur Sicherheit ist die Anmeldung unterbrochen. Versuchen Sie es in { $wait } noch einmal.

consent-title = Zugriff erlauben
consent-heading = Darf { $app } Ihr Konto verwenden?
consent-heading-more = Darf { $app } noch mehr?
consent-signed-in-as = Sie sind angemeldet als { $person }.
consent-asked = Die App kann dann
consent-asked-more = Die App fragt nach mehr
consent-allowed = Was Sie früher erlaubt haben
consent-return = Danach geht es zurück zu { $host }.
consent-return-device = Danach geht es zurück zu einer App auf diesem Gerät.

asked-openid = Sie wiedererkennen
    .value = Die Nummer Ihres Kontos
asked-profile = Ihr Profil sehen
    .value = Name, Bild und weitere Angaben
asked-email = Ihre E-Mail-Adresse sehen
asked-phone = Ihre Telefonnummer sehen
asked-address = Ihre Postanschrift sehen
asked-unset = Sie haben keine angegeben
asked-offline = Verbunden bleiben, auch wenn Sie nicht da sind
    .value = Ohne Sie noch einmal zu fragen
    .tag = dauerhaft
asked-claims = Diese Angaben Ihres Profils sehen
asked-permissions = Mit diesen Berechtigungen für Sie handeln
asked-permissions-at = Bei { $resource } mit diesen Berechtigungen für Sie handeln

error-reference = Wenn Sie um Hilfe bitten, nennen Sie diese Kennung:
error-details = Einzelheiten für Entwickler
error-unknown-client = Diese App ist hier nicht bekannt
    .lead = Die App, von der Sie kommen, ist bei diesem Dienst nicht oder nicht mehr registriert. Es wurde nichts weitergegeben.
    .advice = Sie können diese Seite schließen. Wenn Sie eine App benutzt haben, müssen deren Hersteller das beheben.
error-bad-redirect = Dieser Link kann nicht verwendet werden
    .lead = Die App, von der Sie kommen, wollte zu einer Adresse zurück, die sie nicht registriert hat. Deshalb geht es hier nicht weiter. Es wurde nichts weitergegeben.
    .advice = Gehen Sie zurück zur App und versuchen Sie es noch einmal.
error-bad-request = Diese Anfrage kann nicht verwendet werden
    .lead = Die App, von der Sie kommen, hat etwas gefragt, das sich nicht beantworten lässt. Deshalb geht es hier nicht weiter. Es wurde nichts weitergegeben.
    .advice = Gehen Sie zurück zur App und versuchen Sie es noch einmal.
error-expired = Diese Anmeldung ist abgelaufen
    .lead = Sie war zu lange offen oder wurde in einem anderen Browser begonnen.
    .advice = Beginnen Sie noch einmal in der App, die Sie verwenden möchten.
error-used = Diese Anmeldung wurde schon verwendet
    .lead = Ein Anmeldelink gilt einmal, und dieser hat seinen Zweck erfüllt.
    .advice = Wenn Sie noch nicht angemeldet sind, beginnen Sie noch einmal in der App, die Sie verwenden möchten.
error-disabled = Dieses Konto ist gesperrt
    .lead = Sie haben sich ausgewiesen, aber dieses Konto darf zurzeit nicht verwendet werden.
    .advice = Bitten Sie die Verwaltung Ihrer Organisation, es freizugeben.
error-not-found = Hier ist nichts
    .lead = Die Adresse ist falsch geschrieben, oder die Seite ist umgezogen.
    .advice = Gehen Sie zurück, oder beginnen Sie noch einmal in der App, die Sie verwenden möchten.
error-unavailable = Im Moment können wir nicht antworten
    .lead = Es ist zu viel los, oder ein Teil dieses Dienstes ist nicht erreichbar. An Ihnen liegt es nicht.
    .advice = Warten Sie einige Sekunden, und laden Sie diese Seite dann neu.
error-server = Bei uns ist etwas fehlgeschlagen
    .lead = An Ihnen liegt es nicht, und es wurde nichts weitergegeben.
    .advice = Versuchen Sie es in einigen Minuten noch einmal.

logout-title = Abmelden?
logout-text = Apps, die Sie mit dieser Anmeldung geöffnet haben, können eine neue Anmeldung verlangen.
logout-confirm = Abmelden
logout-stay = Angemeldet bleiben

signed-out-title = Sie sind abgemeldet
signed-out-text = Sie können diese Seite schließen.
signed-out-shared = Schließen Sie an einem gemeinsam genutzten Computer auch den Browser.

form-post-title = Noch ein Schritt
form-post-text = Damit kommen Sie zurück zu { $app }.
form-post-submit = Weiter

dev-title = Es funktioniert
dev-title-refused = Die Antwort war eine Ablehnung
dev-lead = Sie haben sich als { $person } angemeldet. Das erfährt eine App über Sie.
dev-refused-lead = Mit diesen Worten wurde der App gesagt, warum.
dev-claims = Claims des geprüften ID-Tokens
dev-claim = Claim
dev-value = Wert
dev-scope = Scope
dev-expires = Access-Token endet
dev-expires-in = in { $duration }
dev-refresh = Refresh-Token
dev-again = Erneut anmelden

# The English texts. A message's attributes belong to it: what stands below a title, what a button says in full.

cancel = Cancel
allow = Allow
yes = Yes
no = No
not-you = Not you?
footer-product = Signed in with Keyward
title-error = Error: { $page }
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}

app-links = About { $app }
app-site = About the app
app-policy = Privacy policy
app-terms = Terms of service

field-username = E-mail or username
field-password = Password
password-show = Show
    .label = Show password
password-hide = Hide
    .label = Hide password

login-title = Sign in
login-title-again = Enter your password again
login-title-choose = Choose an account
login-continue-to = to continue to { $app }
login-submit = Sign in
login-another = Or use another account
login-refused = That did not match
    .text = Check the e-mail or username and the password, then try again.
    .field = Enter your password again.
login-throttled = Too many attempts
    .text = For safety, signing in is paused. Try again in { $wait }.

consent-title = Allow access
consent-heading = Allow { $app } to use your account?
consent-heading-more = Allow { $app } to do more?
consent-signed-in-as = You are signed in as { $person }.
consent-asked = It will be able to
consent-asked-more = It asks for more
consent-allowed = What you allowed earlier
consent-return = You will return to { $host }.
consent-return-device = You will return to an app on this device.

asked-openid = Know it is you
    .value = The number of your account
asked-profile = See your profile
    .value = Your name, picture and other details
asked-email = See your e-mail address
asked-phone = See your phone number
asked-address = See your postal address
asked-unset = You have not entered one
asked-offline = Stay connected when you are away
    .value = Without asking you again
    .tag = lasting
asked-claims = See these details of your profile
asked-permissions = Act for you with these permissions
asked-permissions-at = Act for you at { $resource } with these permissions

error-reference = If you ask for help, give this reference:
error-details = Details for developers
error-unknown-client = This app is not known here
    .lead = The app that sent you here is not registered with this service, or no longer. Nothing was shared.
    .advice = You can close this page. If you were using an app, its makers have to correct this.
error-bad-redirect = This link cannot be used
    .lead = The app that sent you here asked to return to an address it has not registered, so we stopped. Nothing was shared.
    .advice = Go back to the app and try again.
error-bad-request = This request cannot be used
    .lead = The app that sent you here asked in a way that cannot be answered, so we stopped. Nothing was shared.
    .advice = Go back to the app and try again.
error-expired = This sign-in has expired
    .lead = It was open too long, or began in another browser.
    .advice = Start again from the app you want to use.
error-used = This sign-in was already used
    .lead = A sign-in link works once, and this one has done its work.
    .advice = If you are not signed in yet, start again from the app you want to use.
error-disabled = This account is disabled
    .lead = You proved who you are, but this account may not be used at the moment.
    .advice = Ask the administrators of your organization to enable it.
error-not-found = There is nothing here
    .lead = The address is mistyped, or the page has moved.
    .advice = Go back, or start again from the app you want to use.
error-unavailable = We cannot answer right now
    .lead = Too much is going on, or a part of this service is not reachable. It is not your doing.
    .advice = Wait a few seconds, then load this page again.
error-server = Something failed on our side
    .lead = It is not your doing, and nothing was shared.
    .advice = Try again in a few minutes.

logout-title = Sign out?
logout-text = Apps that you opened with this sign-in may ask you to sign in again.
logout-confirm = Sign out
logout-stay = Stay signed in

signed-out-title = You are signed out
signed-out-text = You can close this page.
signed-out-shared = On a shared computer, close the browser as well.

form-post-title = One more step
form-post-text = This takes you back to { $app }.
form-post-submit = Continue

dev-title = It works
dev-title-refused = The answer was a refusal
dev-lead = You signed in as { $person }. This is what an app learns about you.
dev-refused-lead = The app was told why in these words.
dev-claims = Claims of the validated ID token
dev-claim = Claim
dev-value = Value
dev-scope = Scope
dev-expires = Access token ends
dev-expires-in = in { $duration }
dev-refresh = Refresh token
dev-again = Sign in again

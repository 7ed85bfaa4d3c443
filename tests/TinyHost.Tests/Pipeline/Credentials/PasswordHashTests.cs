// Owns: tests of password hashes, and of what is refused in place of one.

using System.Text.RegularExpressions;
using TinyHost.Tests.Support;
using static TinyHost.Tests.Support.Credentials;

namespace TinyHost.Tests;

public sealed class PasswordHashTests
{
    // The fifth vector of RFC 6070, with SHA-256, cut to 32 bytes.
    private const string Known =
        "$pbkdf2-sha256$i=4096$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+E";

    public static TheoryData<string> Blank => [null!, "", " ", "\t", "\r\n", "\u00a0", "\u3000"];

    [Fact]
    public void A_hash_has_the_documented_form_and_a_salt_of_its_own()
    {
        var (first, second) = (PasswordHash.Create("secret"), PasswordHash.Create("secret"));
        Assert.Matches(new Regex("^[$]pbkdf2-sha256[$]i=600000[$][A-Za-z0-9+/]{22}[$][A-Za-z0-9+/]{43}$"), first);
        Assert.NotEqual(first, second);
        Assert.True(Pbkdf2.Instance.Verify("secret", first));
        Assert.False(Pbkdf2.Instance.Verify("Secret", first));
    }

    [Theory]
    [InlineData("passwordPASSWORDpassword", true)]
    [InlineData("passwordPASSWORDpasswore", false)]
    public void A_known_vector_is_verified(string password, bool expected) =>
        Assert.Equal(expected, Pbkdf2.Instance.Verify(password, Known));

    [Theory]
    [MemberData(nameof(Blank))]
    public void A_blank_password_has_no_hash(string? password) => Assert.StartsWith(
        "The password is empty, so anyone could send it: give a text that is not blank, and check that the setting it comes from is set.",
        Assert.Throws<ArgumentException>(nameof(password), () => PasswordHash.Create(password!)).Message);

    [Theory]
    [InlineData("secret\n", "has a control character, such as the line end of the file it comes from")]
    [InlineData("secret\u007f", "has a control character")]
    public void A_password_that_cannot_be_sent_has_no_hash(string password, string fault)
    {
        var message = Assert.Throws<ArgumentException>(nameof(password), () => PasswordHash.Create(password)).Message;
        Assert.Contains(fault, message);
        Assert.DoesNotContain("secret", message);
    }

    [Fact]
    public void A_password_with_an_unpaired_surrogate_has_no_hash() => Assert.Contains(
        "half of a surrogate pair", Assert.Throws<ArgumentException>("password", () => PasswordHash.Create("pass\ud83d")).Message);

    [Theory]
    [InlineData(999)]
    [InlineData(10_000_001)]
    public void The_number_of_iterations_is_limited(int iterations) =>
        Assert.Throws<ArgumentOutOfRangeException>(nameof(iterations), () => PasswordHash.Create("x", iterations));

    [Theory]
    [InlineData("secret", "perhaps the password itself: make one with PasswordHash.Create(password) or a command of docs/security.md.")]
    [InlineData("$apr1$x$secret", "What user ann has is not a password hash")]
    [InlineData("{SHA}secret", "What user ann has is not a password hash")]
    [InlineData("$2y$10$secret", "is bcrypt's: reference the package TinyHost.Bcrypt and call auth.Bcrypt() first.")]
    [InlineData("$pbkdf2-sha512$i=1000$AAAAAAAAAAA$secret", "cannot be used: it must have the form $pbkdf2-sha256$i=600000$SALT$HASH.")]
    [InlineData("$pbkdf2-sha256$1000$AAAAAAAAAAA$secret", "it must have the form")]
    [InlineData("$pbkdf2-sha256$i=1000$AAAAAAAAAAA", "it must have the form")]
    [InlineData("$pbkdf2-sha256$i=999$AAAAAAAAAAA$secret", "its number of iterations, 999, must be from 1000 to 10000000.")]
    [InlineData("$pbkdf2-sha256$i=-1000$AAAAAAAAAAA$secret", "its number of iterations, -1000, must be")]
    [InlineData("$pbkdf2-sha256$i=99999999999$AAAAAAAAAAA$secret", "its number of iterations, 99999999999, must be")]
    [InlineData("$pbkdf2-sha256$i=1000$AAAAAAAAAA$secret", "its salt must be at least 8 bytes in base64")]
    [InlineData("$pbkdf2-sha256$i=1000$!!!!AAAAAAA$secret", "its salt must be at least 8 bytes in base64")]
    [InlineData("$pbkdf2-sha256$i=1000$AAAAAAAAAAA$secret", "its hash must be 32 bytes in base64")]
    [InlineData("", "User ann has no password hash: make one")]
    [InlineData(" ", "User ann has no password hash")]
    [InlineData(null, "User ann has no password hash")]
    public void Anything_but_a_hash_is_refused_without_being_shown(string? hash, string expected)
    {
        var message = Fault("ann", hash);
        Assert.Contains(expected, message);
        Assert.DoesNotContain("secret", message);
    }

    [Theory]
    [InlineData("", "The name of a user is empty")]
    [InlineData(null, "The name of a user is empty")]
    [InlineData("a:b", "The name of a user contains a colon and can never be sent (RFC 7617 §2): 'a:b'.")]
    [InlineData("a\nb", "The name of a user has a control character")]
    public void A_name_that_cannot_be_sent_is_refused(string? name, string expected) => Assert.StartsWith(expected, Fault(name, Known));

    [Theory]
    [InlineData("", "The token of ci is empty: give the token, and check that the setting it comes from is set.")]
    [InlineData(null, "The token of ci is empty")]
    [InlineData("top secret", "The token of ci is not a bearer token: letters, digits and -._~+/ with = at the end alone (RFC 6750 §2.1).")]
    [InlineData("$sha256$secret", "The digest of the token of ci must be $sha256$ and 64 hexadecimal digits.")]
    public void A_token_that_cannot_be_sent_is_refused_without_being_shown(string? token, string expected)
    {
        var message = Assert.Throws<ArgumentException>(() => Authentication.Wrap(s_app, auth => auth.Token("ci", token!))).Message;
        Assert.StartsWith(expected, message);
        Assert.DoesNotContain("top secret", message);
    }

    [Fact]
    public async Task A_hash_of_the_documented_command_is_accepted()
    {
        // What Python's hashlib computes.
        const string hash = "$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$Tvsru20utY6o3q7VRBeuL9h/1QqKhWhwk2PaYNRWBgY";
        var app = Authentication.Wrap(s_app, auth => auth.User("ann", hash));
        Assert.Equal(200, (await app.GetAsync("/", Basic("ann:secret"))).Status);
        Assert.Equal(401, (await app.GetAsync("/", Basic("ann:other"))).Status);
    }

    private static readonly Func<RequestContext, Task> s_app = _ => Task.CompletedTask;

    private static string Fault(string? name, string? hash) =>
        Assert.Throws<ArgumentException>(() => Authentication.Wrap(s_app, auth => auth.User(name!, hash!))).Message;
}

// Owns: the Basic authentication scheme, RFC 7617. It sends credentials in the clear unless the connection is encrypted.

using System.Text;
using System.Text.Unicode;

namespace TinyHost;

/// <summary>The stage that admits users with a name and a password, by the Basic scheme (RFC 7617).</summary>
public sealed class BasicAuthentication : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly Check _check;
    private readonly string _challenge;

    private BasicAuthentication(Func<RequestContext, Task> app, string realm, Check check)
        : base(app)
    {
        _app = app;
        _check = check;
        _challenge = Challenge.For("Basic", realm) + ", charset=\"UTF-8\"";
    }

    /// <summary>The name of the user when name and password, in valid UTF-8, are right; otherwise null.</summary>
    private delegate string? Check(ReadOnlySpan<byte> name, ReadOnlySpan<byte> password);

    /// <summary>The key in <see cref="RequestContext.Items"/> under which later stages find the name of the user, a string.</summary>
    public static object UserName { get; } = new();

    /// <summary>
    /// Wraps an app: requests of the given users go to the app; all others, malformed credentials included, are answered with 401 and a
    /// challenge for <paramref name="realm"/>. Names and passwords are compared as UTF-8, in constant time. Throws
    /// <see cref="ArgumentException"/> when the realm is not printable ASCII, there is no user, or a name or password is empty, as a
    /// missing setting is, or can never be sent: a name with a colon, control characters, text that is not Unicode.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(
        Func<RequestContext, Task> app, string realm, params (string Name, string Password)[] users)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(users);
        if (users.Length == 0)
        {
            throw new ArgumentException("Basic authentication without a single user would let nobody in.", nameof(users));
        }

        for (var i = 0; i < users.Length; i++)
        {
            var (name, password) = users[i];
            var whose = $"user {i + 1} of {users.Length}";
            ThrowUnlessSendable(name, $"The name of {whose}", nameof(users));
            ThrowUnlessSendable(password, $"The password of {whose}", nameof(users));
            if (name.Contains(':'))
            {
                throw new ArgumentException(
                    $"Not a user name for Basic authentication: '{name}' contains a colon (RFC 7617 §2).", nameof(users));
            }
        }

        var known = users.Select(user => new User(user.Name, user.Password)).ToArray();
        return new BasicAuthentication(app, realm, (name, password) => Find(known, name, password));
    }

    /// <summary>
    /// Wraps an app like <see cref="Wrap(Func{RequestContext, Task}, string, ValueTuple{string, string}[])"/>, with a check of your own:
    /// it gets name and password, and returns whether to admit the user. It must compare in constant time.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, string realm, Func<string, string, bool> check)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(check);
        return new BasicAuthentication(app, realm, (name, password) =>
        {
            var text = Encoding.UTF8.GetString(name);
            return check(text, Encoding.UTF8.GetString(password)) ? text : null;
        });
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (!Challenge.TryGetCredentials(context.Request, "Basic", out var credentials) || Read(credentials) is not { } name)
        {
            return Challenge.RefuseAsync(context.Response, _challenge);
        }

        context.Items[UserName] = name;
        return _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseBasicAuthentication");
    }

    // Messages do not show the text, which may be a password.
    private static void ThrowUnlessSendable(string? text, string what, string parameter)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentException(
                $"{what} for Basic authentication is empty, so anyone could send it: " +
                "give a text that is not blank, and check that the setting it comes from is set.",
                parameter);
        }

        if (text.Any(c => c is < ' ' or '\u007f'))
        {
            throw new ArgumentException(
                $"{what} for Basic authentication has a control character, such as the line end of the file it comes from, " +
                "and can never be sent (RFC 7617 §2): trim it.",
                parameter);
        }

        if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text)
        {
            throw new ArgumentException(
                $"{what} for Basic authentication has half of a surrogate pair and can never be sent as UTF-8 (RFC 7617 §2.1).", parameter);
        }
    }

    // Compares every user, so that the time taken does not reveal which names exist.
    private static string? Find(User[] users, ReadOnlySpan<byte> name, ReadOnlySpan<byte> password)
    {
        Span<byte> nameDigest = stackalloc byte[Secret.DigestSize];
        Span<byte> passwordDigest = stackalloc byte[Secret.DigestSize];
        Secret.Digest(name, nameDigest);
        Secret.Digest(password, passwordDigest);
        string? found = null;
        foreach (var user in users)
        {
            if (user.HashedName.Matches(nameDigest) & user.Password.Matches(passwordDigest))
            {
                found = user.Name;
            }
        }

        return found;
    }

    // RFC 7617 §2: base64 of user-id ":" password, neither with control characters, here in UTF-8 (§2.1).
    private string? Read(ReadOnlySpan<char> credentials)
    {
        if (!Challenge.IsToken68(credentials))
        {
            return null;
        }

        var size = credentials.Length / 4 * 3;
        var octets = size <= 512 ? stackalloc byte[512] : new byte[size];
        if (!Convert.TryFromBase64Chars(credentials, octets, out var length))
        {
            return null;
        }

        octets = octets[..length];
        var colon = octets.IndexOf((byte)':');
        var isText = Utf8.IsValid(octets) && !octets.ContainsAnyInRange((byte)0, (byte)0x1F) && !octets.Contains((byte)0x7F);
        return colon >= 0 && isText ? _check(octets[..colon], octets[(colon + 1)..]) : null;
    }

    private sealed class User(string name, string password)
    {
        internal string Name => name;

        internal Secret HashedName { get; } = new(Encoding.UTF8.GetBytes(name));

        internal Secret Password { get; } = new(Encoding.UTF8.GetBytes(password));
    }
}

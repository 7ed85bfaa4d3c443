// Owns: the Bearer authentication scheme in the Authorization field, RFC 6750 §2.1 and §3.
// Ignores tokens in forms and queries: they end up in logs.

using System.Text;

namespace TinyHost;

/// <summary>The stage that admits bearers of a token, by the Bearer scheme (RFC 6750).</summary>
public sealed class BearerAuthentication : Stage
{
    private readonly Func<RequestContext, Task> _app;
    private readonly Check _check;
    // RFC 6750 §3: no error code for a request without a token.
    private readonly string _challenge;
    private readonly string _invalidToken;

    private BearerAuthentication(Func<RequestContext, Task> app, string realm, Check check)
        : base(app)
    {
        _app = app;
        _check = check;
        _challenge = Challenge.For("Bearer", realm);
        _invalidToken = _challenge + ", error=\"invalid_token\"";
    }

    private delegate bool Check(ReadOnlySpan<char> token);

    /// <summary>
    /// Wraps an app: requests with one of the tokens go to the app; all others, malformed tokens included, are answered with 401 and a
    /// challenge for <paramref name="realm"/>. Tokens are compared in constant time. Throws <see cref="ArgumentException"/> when
    /// the realm is not printable ASCII, there is no token, or one is empty or has characters that no token can have.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, string realm, params string[] tokens)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length == 0)
        {
            throw new ArgumentException("Bearer authentication without a single token would let nobody in.", nameof(tokens));
        }

        // The messages must not show the token.
        var empty = Array.FindIndex(tokens, string.IsNullOrWhiteSpace);
        if (empty >= 0)
        {
            throw new ArgumentException(
                $"Token {empty + 1} of {tokens.Length} for Bearer authentication is empty: " +
                "give the token, and check that the setting it comes from is set.",
                nameof(tokens));
        }

        var malformed = Array.FindIndex(tokens, token => !Challenge.IsToken68(token));
        if (malformed >= 0)
        {
            throw new ArgumentException(
                $"Token {malformed + 1} of {tokens.Length} is not a bearer token: " +
                "letters, digits and -._~+/ with = at the end alone (RFC 6750 §2.1).",
                nameof(tokens));
        }

        var known = tokens.Select(token => new Secret(Encoding.ASCII.GetBytes(token))).ToArray();
        return new BearerAuthentication(app, realm, (Check)(token => IsKnown(known, token)));
    }

    /// <summary>
    /// Wraps an app like <see cref="Wrap(Func{RequestContext, Task}, string, string[])"/>, with a check of your own: it gets the token
    /// and returns whether to admit its bearer. It must compare in constant time.
    /// </summary>
    public static Func<RequestContext, Task> Wrap(Func<RequestContext, Task> app, string realm, Func<string, bool> check)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(check);
        return new BearerAuthentication(app, realm, (Check)(token => check(token.ToString())));
    }

    /// <inheritdoc />
    protected override Task InvokeAsync(RequestContext context)
    {
        if (!Challenge.TryGetCredentials(context.Request, "Bearer", out var token))
        {
            return Challenge.RefuseAsync(context.Response, _challenge);
        }

        return Challenge.IsToken68(token) && _check(token)
            ? _app(context) ?? throw HandlerFailure.ReturnedNull(_app, "The stage after UseBearerAuthentication")
            : Challenge.RefuseAsync(context.Response, _invalidToken);
    }

    private static bool IsKnown(Secret[] secrets, ReadOnlySpan<char> token)
    {
        var octets = token.Length <= 512 ? stackalloc byte[512] : new byte[token.Length];
        Span<byte> digest = stackalloc byte[Secret.DigestSize];
        Secret.Digest(octets[..Encoding.ASCII.GetBytes(token, octets)], digest);
        var found = false;
        foreach (var secret in secrets)
        {
            found |= secret.Matches(digest);
        }

        return found;
    }
}

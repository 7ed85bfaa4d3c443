// Owns: the Bearer authentication scheme in the Authorization field, RFC 6750 §2.1 and §3.
// Does not own: what a token means, or tokens in forms or queries, which end up in logs.

using System.Text;

namespace TinyHost;

/// <summary>The stage that lets in only those who have a token, by the Bearer scheme (RFC 6750).</summary>
public static class BearerAuthentication
{
    /// <summary>
    /// Middleware that lets in those who send one of the tokens and answers all others, malformed tokens included, with 401 and a
    /// challenge for <paramref name="realm"/>. Tokens are compared in constant time. Throws <see cref="ArgumentException"/> when
    /// the realm is not printable ASCII, there is no token, or one is empty or has characters that no token may have.
    /// </summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Require(string realm, params string[] tokens)
    {
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
                $"Token {empty + 1} of {tokens.Length} for Bearer authentication is empty: give the token, and check that the setting it comes from is set.",
                nameof(tokens));
        }

        var malformed = Array.FindIndex(tokens, token => !Challenge.IsToken68(token));
        if (malformed >= 0)
        {
            throw new ArgumentException(
                $"Token {malformed + 1} of {tokens.Length} is not a bearer token: letters, digits and -._~+/ with = at the end alone (RFC 6750 §2.1).",
                nameof(tokens));
        }

        var known = tokens.Select(token => new Secret(Encoding.ASCII.GetBytes(token))).ToArray();
        return Require(realm, (Check)(token => IsKnown(known, token)));
    }

    /// <summary>The same with a check of one's own, which gets the token and tells whether to let its bearer in. It must compare in constant time itself.</summary>
    public static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Require(string realm, Func<string, bool> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return Require(realm, (Check)(token => check(token.ToString())));
    }

    private delegate bool Check(ReadOnlySpan<char> token);

    private static Func<Func<RequestContext, Task>, Func<RequestContext, Task>> Require(string realm, Check check)
    {
        var challenge = Challenge.For("Bearer", realm);
        return next => new Stage(check, challenge, HandlerCall.NotNull(next)).InvokeAsync;
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

    private sealed class Stage(Check check, string challenge, Func<RequestContext, Task> next) : IStage
    {
        // RFC 6750 §3: no error code for a request that tried no token at all.
        private readonly string _invalidToken = challenge + ", error=\"invalid_token\"";

        IEnumerable<Func<RequestContext, Task>> IStage.Inner => [next];

        internal Task InvokeAsync(RequestContext context)
        {
            if (!Challenge.TryGetCredentials(context.Request, "Bearer", out var token))
            {
                return Challenge.RefuseAsync(context.Response, challenge);
            }

            return Challenge.IsToken68(token) && check(token)
                ? HandlerCall.Run(next, context, "The stage after UseBearerAuthentication")
                : Challenge.RefuseAsync(context.Response, _invalidToken);
        }
    }
}

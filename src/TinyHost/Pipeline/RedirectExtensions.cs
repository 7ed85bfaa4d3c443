// Owns: redirects, RFC 9110 §15.4.

namespace TinyHost;

/// <summary>Answers that send the client to another address.</summary>
public static class RedirectExtensions
{
    /// <summary>
    /// Answers with a redirect to <paramref name="location"/>, a URI reference such as <c>/login</c>, and drops earlier content. Characters
    /// that a URI reference cannot have are percent-encoded. <paramref name="statusCode"/> says what the client does next (RFC 9110
    /// §15.4): 301 and 302, the default, repeat the request, but browsers turn POST into GET; 303 asks for a GET; 307 and 308 keep method
    /// and content. 301 and 308 are permanent: clients may remember them. Throws <see cref="ArgumentException"/> for an empty location,
    /// one with a line break, and another status; <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public static void Redirect(this Response response, string location, int statusCode = 302)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(location);
        if (string.IsNullOrWhiteSpace(location))
        {
            throw new ArgumentException("A redirect needs a location, such as /login or https://example.org/.", nameof(location));
        }

        if (statusCode is not (301 or 302 or 303 or 307 or 308))
        {
            throw new ArgumentOutOfRangeException(
                nameof(statusCode), statusCode, "Not the status of a redirect: use 301, 302, 303, 307 or 308 (RFC 9110 §15.4).");
        }

        response.Fields["Location"] = location;
        response.StatusCode = statusCode;
        response.ResetContent();
    }
}

// Owns: the values of a cookie's SameSite attribute.

namespace TinyHost;

/// <summary>With which requests from other sites a browser sends a cookie (RFC 6265bis §4.1.2.7).</summary>
public enum SameSite
{
    /// <summary>With links that the user follows from other sites.</summary>
    Lax,

    /// <summary>With requests from the same site only.</summary>
    Strict,

    /// <summary>With all requests. Browsers accept this only for cookies that are <see cref="CookieOptions.Secure"/>.</summary>
    None,
}

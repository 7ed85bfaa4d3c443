// Owns: the attributes of a cookie that a program sets.

namespace TinyHost;

/// <summary>
/// The attributes of a cookie (RFC 6265bis §4.1.2). An object can be shared by many cookies. Without <see cref="MaxAge"/> and
/// <see cref="Expires"/> the cookie lasts until the browser ends.
/// </summary>
public sealed class CookieOptions
{
    /// <summary>
    /// The paths that the cookie is sent to: this one and those below it. <c>/</c> by default; with null, the folder of the request's path.
    /// </summary>
    public string? Path { get; set; } = "/";

    /// <summary>The domain whose hosts receive the cookie, such as <c>example.org</c>; null, the default, for this host alone.</summary>
    public string? Domain { get; set; }

    /// <summary>How long the cookie lasts, in whole seconds, at least one. Takes precedence over <see cref="Expires"/>.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>When the cookie ends. A time in the past deletes it.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether the browser sends the cookie over <c>https</c> and to localhost only; false by default.</summary>
    public bool Secure { get; set; }

    /// <summary>Whether scripts cannot read the cookie; false by default.</summary>
    public bool HttpOnly { get; set; }

    /// <summary>The requests from other sites that the cookie is sent with; null, the default, leaves it to the browser.</summary>
    public SameSite? SameSite { get; set; }

    /// <summary>
    /// Whether a cookie set inside another site's page is kept for that site alone; false by default. Needs <see cref="Secure"/>.
    /// </summary>
    public bool Partitioned { get; set; }
}

// Owns: setting and deleting cookies.

namespace TinyHost;

/// <summary>Cookies that a response sets (RFC 6265bis).</summary>
public static class CookieExtensions
{
    private static readonly CookieOptions s_default = new();

    /// <summary>
    /// Adds a Set-Cookie field. <paramref name="value"/> is sent as it is: encode text with other characters than a cookie can have, such
    /// as spaces, with <see cref="Uri.EscapeDataString(string)"/>. Throws <see cref="ArgumentException"/> for a name, value or attribute
    /// that a browser would ignore or misread, and <see cref="InvalidOperationException"/> once the response has started.
    /// </summary>
    public static void SetCookie(this Response response, string name, string value, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        var cookie = response.Context.Request.Allocations.Make(
            (name, value, options: options ?? s_default), static cookie => CookieText.Write(cookie.name, cookie.value, cookie.options));
        response.Fields.Add("Set-Cookie", cookie);
    }

    /// <summary>
    /// Makes the browser delete a cookie. Path, Domain and the flags must be those that the cookie was set with;
    /// <see cref="CookieOptions.MaxAge"/> and <see cref="CookieOptions.Expires"/> are ignored. Throws as <see cref="SetCookie"/> does.
    /// </summary>
    public static void DeleteCookie(this Response response, string name, CookieOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(name);
        response.Fields.Add("Set-Cookie", CookieText.WriteDeletion(name, options ?? s_default));
    }
}

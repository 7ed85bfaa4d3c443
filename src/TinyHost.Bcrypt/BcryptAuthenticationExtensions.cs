// Owns: bcrypt as a format of password hashes of an authentication stage.

using TinyHost.Bcrypt;

namespace TinyHost;

/// <summary>Adds bcrypt to the options of authentication.</summary>
public static class BcryptAuthenticationExtensions
{
    /// <summary>
    /// Lets users have password hashes of bcrypt, in files, settings and code: <c>auth =&gt; auth.Bcrypt().Users("htpasswd")</c>.
    /// </summary>
    public static AuthenticationOptions Bcrypt(this AuthenticationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Formats.Add(new BcryptFormat());
        return options;
    }
}

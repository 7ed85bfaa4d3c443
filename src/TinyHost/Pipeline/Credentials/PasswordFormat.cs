// Owns: what authentication asks of a format of password hashes.

namespace TinyHost;

/// <summary>
/// A format of password hashes, such as PBKDF2 (<see cref="PasswordHash"/>) or that of the package TinyHost.Bcrypt. Methods are called by
/// several threads at once.
/// </summary>
public abstract class PasswordFormat
{
    /// <summary>Whether a text claims to be of this format, by how it begins.</summary>
    public abstract bool Recognizes(string hash);

    /// <summary>
    /// Why a hash of this format cannot be used, as the end of a sentence: "its cost is 3; it must be from 4 to 31". Null if it can.
    /// </summary>
    public abstract string? FindFault(string hash);

    /// <summary>Whether a hash without fault is the password's. It may take long: it runs apart from other requests.</summary>
    public abstract bool Verify(string password, string hash);
}

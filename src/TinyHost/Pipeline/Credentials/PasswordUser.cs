// Owns: a user with a password hash, and which credentials were last found right.

namespace TinyHost;

/// <summary>A user of <see cref="PasswordUsers"/>. It stays the same object while its hash does.</summary>
internal sealed class PasswordUser(string name, string hash, PasswordFormat format)
{
    private static long s_lastId;

    // Boxed, so that it is replaced as a whole.
    private volatile object? _verified;

    /// <summary>Unlike that of any other user and any earlier hash.</summary>
    internal long Id { get; } = NextId();

    internal string Hash => hash;

    internal AdmittedUser Admitted { get; } = new(name, "Basic");

    internal static long NextId() => Interlocked.Increment(ref s_lastId);

    /// <summary>Whether these are the credentials last found right.</summary>
    internal bool IsVerified(UInt128 digest) => _verified is UInt128 verified && verified == digest;

    internal void SetVerified(UInt128 digest) => _verified = digest;

    /// <summary>Computes the hash: slow on purpose.</summary>
    internal bool Verify(string password) => format.Verify(password, hash);
}

// Owns: users and their password hashes, replaced as a whole.

namespace TinyHost;

/// <summary>
/// Users with password hashes that a program can replace while its server runs: <c>auth.Users(users)</c>. The users of a file are such a
/// list too.
/// </summary>
/// <param name="formats">The formats of hashes read besides PBKDF2 (<see cref="PasswordHash"/>).</param>
public sealed class PasswordUsers(params PasswordFormat[] formats)
{
    private readonly PasswordFormat[] _formats = [Pbkdf2.Instance, .. formats];
    private volatile Snapshot _users = new([]);

    /// <summary>Changes with each replacement.</summary>
    internal long Id => _users.Id;

    internal bool IsEmpty => _users.ByName.Count == 0;

    /// <summary>
    /// A user whose hash is computed for unknown names, so that the time does not tell: one with the cost that most users have. Null if
    /// there is none.
    /// </summary>
    internal PasswordUser? Decoy => _users.Decoy;

    /// <summary>
    /// Replaces all users. Throws <see cref="FormatException"/>, with a sentence that shows no hash, for a name that can never be sent, a
    /// name that occurs twice, and a text that is not a password hash, such as a password; then nothing has changed.
    /// </summary>
    public void Replace(IEnumerable<KeyValuePair<string, string>> hashes)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        var before = _users.ByName;
        var users = new Dictionary<UInt128, PasswordUser>();
        foreach (var (name, hash) in hashes)
        {
            if (CredentialText.FindNameFault(name) is { } fault)
            {
                throw new FormatException($"The name of a user {fault}.");
            }

            var key = CredentialDigest.OfName(name);
            var format = FormatOf(name, hash);
            var user = before.TryGetValue(key, out var known) && known.Hash == hash ? known : new PasswordUser(name, hash, format);
            if (!users.TryAdd(key, user))
            {
                throw new FormatException($"User {name} occurs twice.");
            }
        }

        _users = new Snapshot(users);
    }

    internal PasswordUser? Find(UInt128 name) => _users.ByName.GetValueOrDefault(name);

    private PasswordFormat FormatOf(string name, string hash)
    {
        const string advice =
            "make one with PasswordHash.Create(password) or a command of docs/security.md";
        if (string.IsNullOrWhiteSpace(hash))
        {
            throw new FormatException($"User {name} has no password hash: {advice}.");
        }

        var format = Array.Find(_formats, format => format.Recognizes(hash));
        if (format is null)
        {
            throw new FormatException(hash.StartsWith("$2", StringComparison.Ordinal)
                ? $"The password hash of user {name} is bcrypt's: reference the package TinyHost.Bcrypt and call auth.Bcrypt() first."
                : $"What user {name} has is not a password hash, perhaps the password itself: {advice}.");
        }

        return format.FindFault(hash) is { } fault
            ? throw new FormatException($"The password hash of user {name} cannot be used: {fault}.")
            : format;
    }

    private sealed class Snapshot(Dictionary<UInt128, PasswordUser> byName)
    {
        internal long Id { get; } = PasswordUser.NextId();

        internal Dictionary<UInt128, PasswordUser> ByName => byName;

        internal PasswordUser? Decoy { get; } = byName.Values
            .GroupBy(user => CostOf(user.Hash))
            .OrderByDescending(users => users.Count())
            .ThenBy(users => users.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.First();

        // Format and cost come first in every hash: $2y$10$…, $pbkdf2-sha256$i=600000$….
        private static string CostOf(string hash) => string.Join('$', hash.Split('$', 4).Take(3));
    }
}

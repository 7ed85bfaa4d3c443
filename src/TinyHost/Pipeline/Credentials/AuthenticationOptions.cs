// Owns: who is admitted, and the limits on finding out.

using System.Security.Claims;

namespace TinyHost;

/// <summary>
/// Whom an <see cref="Authentication"/> stage admits: users by the Basic scheme (RFC 7617), bearers of tokens by the Bearer scheme
/// (RFC 6750). Methods return the options, so that calls can follow each other.
/// </summary>
public sealed class AuthenticationOptions
{
    /// <summary>What clients show to people who are asked for a password: printable ASCII. Default <c>TinyHost</c>.</summary>
    public string Realm { get; set; } = "TinyHost";

    /// <summary>
    /// Whether requests for the health checks of the metrics port need credentials too. Default false: load balancers and orchestrators
    /// have none.
    /// </summary>
    public bool CoversHealth { get; set; }

    /// <summary>
    /// How many logins of a client (an address, or the /64 network of an IPv6 address) may fail in a minute. Further ones are answered with
    /// 429 and Retry-After, without looking at the password. Credentials found right before are always admitted. At least 1; default 10.
    /// </summary>
    public int MaxFailuresPerClient { get; set; } = 10;

    /// <summary>As <see cref="MaxFailuresPerClient"/>, for all clients together. At least 1; default 300.</summary>
    public int MaxFailures { get; set; } = 300;

    /// <summary>How many password hashes are computed at once. At least 1; default half of the processors.</summary>
    public int MaxHashing { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>
    /// How many further logins wait for a hash. When the queue is full, logins are answered with 429 and Retry-After. At least 0; default
    /// 8: a hash takes up to half a second, and a scrape waits ten.
    /// </summary>
    public int MaxWaiting { get; set; } = 8;

    /// <summary>The clock of the limits. Default: the system's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Formats of password hashes besides PBKDF2 (<see cref="PasswordHash"/>), such as that of the package TinyHost.Bcrypt. They apply to
    /// users in files and settings too. Empty by default.
    /// </summary>
    public IList<PasswordFormat> Formats { get; } = [];

    /// <summary>Whether the options admit nobody so far, apart from <see cref="Except"/>.</summary>
    public bool IsEmpty => !HasUsers && !HasTokens;

    internal List<string> UserFiles { get; } = [];

    internal List<KeyValuePair<string, string>> ListedUsers { get; } = [];

    internal List<PasswordUsers> UserLists { get; } = [];

    internal List<Func<string, string, CancellationToken, Task<bool>>> UserChecks { get; } = [];

    internal List<string> TokenFiles { get; } = [];

    internal List<KeyValuePair<string, string>> ListedTokens { get; } = [];

    internal List<Func<string, CancellationToken, Task<ClaimsPrincipal?>>> TokenChecks { get; } = [];

    internal string? CookiePath { get; private set; }

    internal HashSet<string> OpenPaths { get; } = new(StringComparer.Ordinal);

    internal bool HasUsers => UserFiles.Count + ListedUsers.Count + UserLists.Count + UserChecks.Count > 0 || CookiePath is not null;

    internal bool HasTokens => TokenFiles.Count + ListedTokens.Count + TokenChecks.Count > 0;

    /// <summary>
    /// Admits the users of a file with lines such as <c>prometheus: $pbkdf2-sha256$i=600000$…</c> (<see cref="PasswordHash"/>), as
    /// htpasswd writes them too. It is read again when it changes (<see cref="ReloadedFile"/>).
    /// </summary>
    public AuthenticationOptions Users(string file)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        UserFiles.Add(file);
        return this;
    }

    /// <summary>Admits users whose password hashes the program replaces while the server runs.</summary>
    public AuthenticationOptions Users(PasswordUsers users)
    {
        ArgumentNullException.ThrowIfNull(users);
        UserLists.Add(users);
        return this;
    }

    /// <summary>
    /// Admits users whom no other list names if this function says so: it gets name and password, and a token that is cancelled when the
    /// client leaves. Its results are not kept, its failures count towards the limits. It must take the same time for unknown users.
    /// </summary>
    public AuthenticationOptions Users(Func<string, string, CancellationToken, Task<bool>> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        UserChecks.Add(check);
        return this;
    }

    /// <summary>Admits a user with this password hash (<see cref="PasswordHash"/>).</summary>
    public AuthenticationOptions User(string name, string hash)
    {
        ListedUsers.Add(new(name, hash));
        return this;
    }

    /// <summary>
    /// Admits the bearers of the tokens in a file, one a line: the token, or <c>name: token</c>, where <c>$sha256$</c> and 64 hexadecimal
    /// digits can stand for the token. A token without a name is that of user <c>token</c>. The file is read again when it changes.
    /// </summary>
    public AuthenticationOptions Tokens(string file)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        TokenFiles.Add(file);
        return this;
    }

    /// <summary>
    /// Admits the bearers of tokens that no list has if this function returns who they are: it gets the token, and a cancellation token
    /// that fires when the client leaves. Null refuses. Its failures count towards the limits.
    /// </summary>
    public AuthenticationOptions Tokens(Func<string, CancellationToken, Task<ClaimsPrincipal?>> check)
    {
        ArgumentNullException.ThrowIfNull(check);
        TokenChecks.Add(check);
        return this;
    }

    /// <summary>Admits the bearer of this token, or of the token with this digest: <c>$sha256$</c> and 64 hexadecimal digits.</summary>
    public AuthenticationOptions Token(string name, string token)
    {
        ListedTokens.Add(new(name, token));
        return this;
    }

    /// <summary>
    /// Writes new random credentials of the user <c>__cookie__</c> to a file at each start and admits them, for tools on the same machine:
    /// <c>curl -u "$(cat FILE)"</c>. Only the user of the process can read the file (mode 0600). It is removed at the stop.
    /// </summary>
    public AuthenticationOptions Cookie(string file)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(file);
        CookiePath = file;
        return this;
    }

    /// <summary>Whether requests for this path pass without credentials (<see cref="Except"/>).</summary>
    public bool IsOpen(string path) => OpenPaths.Contains(path);

    /// <summary>Lets requests for exactly these paths pass without credentials.</summary>
    public AuthenticationOptions Except(params string[] paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (var path in paths)
        {
            PathRouting.ThrowIfUnreachable(path);
            OpenPaths.Add(path);
        }

        return this;
    }

    /// <summary>Throws <see cref="ArgumentException"/> with a sentence for values that cannot be used.</summary>
    internal void Validate()
    {
        if (IsEmpty)
        {
            throw new ArgumentException("Authentication without users, tokens or a cookie would let nobody in.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFailuresPerClient, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFailures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxHashing, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxWaiting);
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}

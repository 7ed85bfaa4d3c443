// Owns: all users and tokens of a stage, and the life of the files they come from.

namespace TinyHost;

/// <summary>Its files are read and written while a server of the stage runs.</summary>
internal sealed class CredentialStore
{
    private const string UnnamedBearer = "token";

    private readonly Lock _lock = new();
    private readonly List<PasswordUsers> _users;
    private readonly List<BearerTokens> _tokens = [];
    private readonly List<Func<ReloadedFile>> _makeFiles = [];
    private volatile ReloadedFile[] _files = [];
    private int _servers;

    internal CredentialStore(AuthenticationOptions options, IServiceProvider? services)
    {
        PasswordFormat[] formats = [.. options.Formats];
        _users = [.. options.UserLists, Listed(options, formats)];
        _tokens.Add(ListedTokens(options));
        foreach (var path in options.UserFiles)
        {
            var users = new PasswordUsers(formats);
            _users.Add(users);
            _makeFiles.Add(() => new ReloadedFile(path, content => users.Replace(CredentialFile.Read(content)), services));
        }

        foreach (var path in options.TokenFiles)
        {
            var tokens = new BearerTokens();
            _tokens.Add(tokens);
            _makeFiles.Add(() => new ReloadedFile(path, content => tokens.Replace(CredentialFile.Read(content, UnnamedBearer)), services));
        }

        Cookie = options.CookiePath is null ? null : new CookieFile(ReloadedFile.FullPath(options.CookiePath, services));
    }

    internal CookieFile? Cookie { get; }

    internal IReadOnlyList<ReloadedFile> Files => _files;

    /// <summary>
    /// Changes with each change of the users. Negative, so that what is remembered of an unknown name never counts for a user of that name.
    /// </summary>
    internal long Id
    {
        get
        {
            long id = 0;
            foreach (var users in _users)
            {
                id -= users.Id;
            }

            return id;
        }
    }

    /// <summary>A user whose hash is computed for unknown names; null if there is no user.</summary>
    internal PasswordUser? Decoy => _users.Find(users => users.Decoy is not null)?.Decoy;

    /// <summary>A server starts. Throws <see cref="ServerStartException"/> for a file that cannot be read or written.</summary>
    internal void Open()
    {
        lock (_lock)
        {
            if (_servers == 0)
            {
                OpenFiles();
            }

            _servers++;
        }
    }

    /// <summary>A server has stopped.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (--_servers == 0)
            {
                CloseFiles();
                Cookie?.Remove();
            }
        }
    }

    internal PasswordUser? Find(UInt128 name)
    {
        foreach (var users in _users)
        {
            if (users.Find(name) is { } user)
            {
                return user;
            }
        }

        return null;
    }

    internal AdmittedUser? FindBearer(ReadOnlySpan<char> token)
    {
        foreach (var tokens in _tokens)
        {
            if (tokens.Find(token) is { } bearer)
            {
                return bearer;
            }
        }

        return null;
    }

    private static PasswordUsers Listed(AuthenticationOptions options, PasswordFormat[] formats)
    {
        var users = new PasswordUsers(formats);
        Use(options.ListedUsers, users.Replace);
        return users;
    }

    private static BearerTokens ListedTokens(AuthenticationOptions options)
    {
        var tokens = new BearerTokens();
        Use(options.ListedTokens, tokens.Replace);
        return tokens;
    }

    private static void Use(
        List<KeyValuePair<string, string>> listed, Action<IEnumerable<KeyValuePair<string, string>>> replace)
    {
        try
        {
            replace(listed);
        }
        catch (FormatException fault)
        {
            throw new ArgumentException(fault.Message, fault);
        }
    }

    private void OpenFiles()
    {
        _files = [.. _makeFiles.Select(make => make())];
        try
        {
            Array.ForEach(_files, static file => file.Load());
            Cookie?.Write();
        }
        catch
        {
            CloseFiles();
            throw;
        }
    }

    private void CloseFiles()
    {
        Array.ForEach(_files, static file => file.Dispose());
        _files = [];
    }
}

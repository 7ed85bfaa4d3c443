// Owns: the settings of one prefix, and checking them.

namespace TinyHost;

/// <summary>One prefix of a server (<see cref="ServerOptions.Prefixes"/>). It is checked when the server starts.</summary>
public sealed class PrefixOptions
{
    // Null until somebody asks for it, so that a program without TLS does not load it.
    private TlsOptions? _tls;

    /// <summary>
    /// What to listen on: <c>http://HOST:PORT/</c> or <c>https://HOST:PORT/base/path/</c>, where HOST is <c>+</c> or <c>*</c> (every
    /// address, IPv4 and IPv6), <c>localhost</c> (both loopback addresses), or an IP address (IPv6 in brackets). Port 0 stands for any free
    /// port. <c>http://unix:/PATH</c>, or <c>http://unix:/PATH:/base/path</c>, listens on a Unix socket; the file is removed at the stop,
    /// and at the start if nothing listens on it. On Linux <c>http://unix:@NAME</c> is an abstract socket, without a file. A text with a
    /// name, such as <c>metrics=http://127.0.0.1:0/</c>, sets <see cref="Name"/> too. Default empty, which no server starts with.
    /// </summary>
    public string Url
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var equals = value.IndexOf('=', StringComparison.Ordinal);
            var isNamed = equals >= 0 && !value.AsSpan(0, equals).Contains(':');
            Name = isNamed ? value[..equals].Trim() : Name;
            field = isNamed ? value[(equals + 1)..].Trim() : value;
        }
    }

    = "";

    /// <summary>
    /// The name, by which stages serve the prefix and <see cref="HttpServer.EndPointOf"/> finds its port. It consists of ASCII letters,
    /// digits, <c>-</c> and single <c>_</c>, is not a number, and compares without regard to case. Default null: no name.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>
    /// The networks of the proxies that open every connection with a PROXY header, version 1 or 2, such as <c>10.0.0.0/8</c>,
    /// <c>2001:db8::/32</c> or an address alone, or <c>unix</c> for proxies that connect to a Unix socket. The client that the header names
    /// becomes <see cref="ConnectionInfo.RemoteEndPoint"/>. Connections of other peers, and connections without a header, are refused. The
    /// header must arrive within <see cref="ServerLimits.OpeningTimeout"/>. Default empty: no PROXY protocol.
    /// </summary>
    public IList<string> ProxyProtocol { get; } = [];

    /// <summary>
    /// The limit on connections that the prefix has open at once, on all of its addresses together; further ones are closed. The limits of
    /// the server apply too. Default null: they alone apply. Setting a limit below 1 throws <see cref="ArgumentOutOfRangeException"/>.
    /// </summary>
    public int? MaxConnections { get; set => field = AtLeastOne(value); }

    /// <summary>
    /// How many connections may wait for the server to accept them. The system lowers the number to a limit of its own
    /// (<c>net.core.somaxconn</c>). Default null: 4,096, or what systemd set for a socket that it passed. Setting a number below 1 throws
    /// <see cref="ArgumentOutOfRangeException"/>.
    /// </summary>
    public int? Backlog { get; set => field = AtLeastOne(value); }

    /// <summary>
    /// Changes the limits for the connections of this prefix: <c>limits =&gt; limits.MaxRequestBodySize = 1_000</c>. It gets a copy of
    /// <see cref="ServerOptions.Limits"/>, at the start and when those are loaded again. Default null: those of the server. The limits of
    /// the whole server (<see cref="ServerLimits.MaxConnections"/>, <see cref="ServerLimits.MaxConnectionsPerListener"/>,
    /// <see cref="ServerLimits.ReservedConnections"/>, <see cref="ServerLimits.MaxBlockedThreads"/>,
    /// <see cref="ServerLimits.StreamGrace"/>) must stay as they are.
    /// </summary>
    public Action<ServerLimits>? Limits { get; set; }

    /// <summary>
    /// The permissions of the file of a Unix socket; who may write to it may connect. Set before the first peer can connect. Default null:
    /// what the process's umask leaves, as a rule the owner alone.
    /// </summary>
    public UnixFileMode? Mode { get; set; }

    /// <summary>
    /// The user who owns the file of a Unix socket, by name or number. Only root may give files away. Default null: the process's user.
    /// </summary>
    public string? Owner { get; set; }

    /// <summary>
    /// The group of the file of a Unix socket, by name or number. A process that is not root may choose among its own groups. Default null:
    /// the process's group.
    /// </summary>
    public string? Group { get; set; }

    /// <summary>
    /// The TLS settings of an <c>https</c> prefix; it needs a certificate. A handshake must end within
    /// <see cref="ServerLimits.OpeningTimeout"/>.
    /// </summary>
    public TlsOptions Tls => _tls ??= new TlsOptions();

    /// <summary>The section of the configuration whose limits are loaded again; null for none.</summary>
    internal string? SettingsPath { get; set; }

    /// <summary>The certificate whose settings stand among those of the prefix.</summary>
    internal TlsCertificate OwnCertificate => field ??= AddCertificate();

    /// <summary>The prefix as it is written, with its name.</summary>
    public override string ToString() => Name is null ? Url : $"{Name}={Url}";

    /// <summary>The prefix to listen on. Throws <see cref="FormatException"/> whose message is one sentence.</summary>
    internal Prefix Read()
    {
        var prefix = WithLimits(WithAccess(Prefix.Parse(ToString())));
        if (ProxyProtocol.Count == 0 && _tls is null && prefix.Scheme == "http")
        {
            return prefix;
        }

        ConnectionOpener[] openers = [.. ProxyProtocolOpeners(prefix), .. TlsOpeners(prefix)];
        return openers.Length == 0 ? prefix : prefix with { Openers = openers };
    }

    private static int? AtLeastOne(int? value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
        return value;
    }

    private Prefix WithLimits(Prefix prefix) => MaxConnections is null && Backlog is null && Limits is null && SettingsPath is null
        ? prefix
        : prefix with { OwnLimits = new PrefixLimits(prefix, new(MaxConnections, Limits), Backlog, SettingsPath) };

    private ConnectionOpener[] ProxyProtocolOpeners(Prefix prefix)
    {
        if (ProxyProtocol.Count == 0)
        {
            return [];
        }

        foreach (var network in ProxyProtocol)
        {
            if (!Networks.IsNetwork(network))
            {
                throw new FormatException($"the ProxyProtocol of {prefix} has '{network}', which is not a network, {Networks.Form}.");
            }
        }

        return [new ProxyProtocolOpener([.. ProxyProtocol])];
    }

    private ConnectionOpener[] TlsOpeners(Prefix prefix)
    {
        if (prefix.Scheme == "http")
        {
            return _tls is null ? [] : throw new FormatException($"{prefix} has TLS settings, which only an https prefix uses.");
        }

        return TlsSupport.IsIncluded
            ? [new TlsOpener(Name ?? prefix.ToString(), () => Tls)]
            : throw new FormatException($"{prefix} cannot be served: {TlsSupport.Missing}.");
    }

    private TlsCertificate AddCertificate()
    {
        var certificate = new TlsCertificate();
        Tls.Certificates.Insert(0, certificate);
        return certificate;
    }

    private Prefix WithAccess(Prefix prefix)
    {
        const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;
        if (Mode is null && Owner is null && Group is null)
        {
            return prefix;
        }

        if (prefix.Unix is not { IsAbstract: false } unix)
        {
            throw new FormatException(
                $"{prefix} has a Mode, an Owner or a Group, which only the file of a Unix socket has (http://unix:/PATH).");
        }

        return (Mode & ~Permissions) is null or UnixFileMode.None
            ? prefix with { Unix = unix with { Mode = Mode, Owner = Owner, Group = Group } }
            : throw new FormatException($"the Mode of {prefix} has more than permissions to read, write and execute.");
    }
}

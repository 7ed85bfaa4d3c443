// Owns: one row of the tables: a server in one configuration, and how it is started.

namespace TinyHost.Bench.Servers;

/// <summary>A server to measure. <paramref name="Settings"/> describes its configuration in the report.</summary>
internal sealed record Server(string Title, string Settings, Func<Launch, Command> CommandFor)
{
    /// <summary>True for TinyHost, false for its peers.</summary>
    public bool IsTinyHost { get; init; }

    /// <summary>True for a reference point that could not replace TinyHost. The report never lists it as better.</summary>
    public bool IsReference { get; init; }

    /// <summary>True for .NET servers, which are built with this project and need no other package.</summary>
    public bool IsDotNet { get; init; }

    /// <summary>
    /// True if the server prints a line once it listens, and must not be sent requests earlier: HttpListener crashes if a client
    /// connects while it starts.
    /// </summary>
    public bool PrintsReady { get; init; }

    /// <summary>True if the server is measured over TLS, with the files of <see cref="BenchCertificate"/>.</summary>
    public bool IsSecure { get; init; }

    /// <summary>The number of worker processes; 0 for none.</summary>
    public int Workers { get; init; }

    /// <summary>True if <c>--check</c> leaves the server out: it differs from another row in a number alone.</summary>
    public bool IsVariation { get; init; }

    /// <summary>A file that the server needs to start; null if it comes from a package that bench/run installs.</summary>
    public string? RequiredFile { get; init; }
}

/// <summary>The ports a server listens on, the number of series it exposes, and a directory for its files.</summary>
internal sealed record Launch(int Port, int MetricsPort, int Series, string Directory);

/// <summary>A program and its arguments.</summary>
internal sealed record Command(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Variables to add to the driver's own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The working directory; null for the driver's.</summary>
    public string? Directory { get; init; }
}

// Owns: one end of a connection over a Unix socket, where an address and a port are expected.

using System.Net;

namespace TinyHost;

/// <summary>
/// One end of a connection over a Unix socket. It has neither address nor port: <see cref="IPEndPoint.Address"/> is <c>0.0.0.0</c> and
/// <see cref="IPEndPoint.Port"/> 0. Lists of networks contain it only if they name <c>unix</c>.
/// </summary>
public sealed class UnixEndPoint : IPEndPoint
{
    internal UnixEndPoint(string path)
        : base(IPAddress.Any, 0) => Path = path;

    /// <summary>The path of the server's socket, or <c>@name</c> for an abstract one. Empty for a peer.</summary>
    public string Path { get; }

    /// <summary><c>unix:</c> and the path.</summary>
    public override string ToString() => $"unix:{Path}";

    /// <summary>Whether the other is a Unix socket with the same path.</summary>
    public override bool Equals(object? comparand) => comparand is UnixEndPoint other && other.Path == Path;

    /// <inheritdoc />
    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);
}

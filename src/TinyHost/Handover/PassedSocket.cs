// Owns: one listening socket on its way from process to process: the line that describes it, and what becomes of it in the new process.

using System.Net.Sockets;

namespace TinyHost;

/// <summary>Fields of the line are divided by tabs, which neither prefixes nor names have.</summary>
internal sealed class PassedSocket
{
    private const char Divider = '\t';
    private const string Bound = "bound";
    private const string Activated = "activated";

    private PassedSocket(KeptSocket? kept, InheritedSocket? inherited) => (Kept, Inherited) = (kept, inherited);

    /// <summary>The socket, if a process of this program has bound it.</summary>
    internal KeptSocket? Kept { get; }

    /// <summary>The socket, if systemd has made it.</summary>
    internal InheritedSocket? Inherited { get; }

    internal bool IsTaken => Kept?.IsTaken ?? Inherited!.IsTaken;

    internal static string Describe(Listener listener) => string.Join(Divider, listener.Inherited is { } inherited
        ? [Activated, inherited.Name ?? ""]
        : (string[])[Bound, .. listener.FreePortPrefixes]);

    /// <summary>Throws <see cref="IOException"/> for a line that <see cref="Describe"/> did not write. Owns the descriptor.</summary>
    internal static PassedSocket Read(string line, SafeSocketHandle descriptor, string source)
    {
        var fields = line.Split(Divider);
        try
        {
            var socket = UnixListenAddress.Open(descriptor);
            return fields[0] switch
            {
                Bound => new PassedSocket(new KeptSocket(socket, source, fields[1..]), null),
                Activated when fields.Length == 2 =>
                    new PassedSocket(null, new InheritedSocket(socket, fields[1].Length > 0 ? fields[1] : null, source)),
                _ => throw new IOException($"it sent '{line}'"),
            };
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            descriptor.Dispose();
            throw e as IOException ?? new IOException(e.Message, e);
        }
    }
}

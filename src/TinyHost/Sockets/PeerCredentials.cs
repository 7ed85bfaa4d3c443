// Owns: which process is at the other end of a Unix socket, as the kernel knows it. Known on Linux only.
// Source: Linux, unix(7), SO_PEERCRED.

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>The process that opened a connection over a Unix socket, as it was then. The peer cannot forge it.</summary>
public sealed class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int Size = 3 * sizeof(int);

    private PeerCredentials(int processId, uint userId, uint groupId)
    {
        ProcessId = processId;
        UserId = userId;
        GroupId = groupId;
    }

    /// <summary>The number of the process; 0 if it is not visible to this process, as from within another container.</summary>
    public int ProcessId { get; }

    /// <summary>The number of the effective user.</summary>
    public uint UserId { get; }

    /// <summary>The number of the effective group.</summary>
    public uint GroupId { get; }

    // SO_PEERCRED. PowerPC has numbers of its own.
    private static int Option => RuntimeInformation.ProcessArchitecture == Architecture.Ppc64le ? 21 : 17;

    /// <summary>For example <c>pid 4711, uid 1000, gid 1000</c>.</summary>
    public override string ToString() => $"pid {ProcessId}, uid {UserId}, gid {GroupId}";

    /// <summary>Null if the system does not tell.</summary>
    internal static PeerCredentials? Read(Socket accepted)
    {
        Span<byte> credentials = stackalloc byte[Size];
        return OperatingSystem.IsLinux() && accepted.GetRawSocketOption(SocketLevel, Option, credentials) == Size
            ? new PeerCredentials(
                BitConverter.ToInt32(credentials),
                BitConverter.ToUInt32(credentials[sizeof(int)..]),
                BitConverter.ToUInt32(credentials[(2 * sizeof(int))..]))
            : null;
    }
}

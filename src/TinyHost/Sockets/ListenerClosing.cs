// Owns: the end of a listening socket: no peer can connect any more, and those that wait in its queue are accepted, not reset.
// Sources: Linux, socket(7), SO_ATTACH_FILTER, and Documentation/networking/filter.rst.

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal static class ListenerClosing
{
    private const int SocketLevel = 1;
    private const int AttachFilter = 26;
    private const int InstructionSize = 8;

    // Where the queue keeps filling, because the system has no such filter.
    private const int MostTaken = 4_096;

    // Load the byte of the flags; if SYN is set, keep 0 bytes of the segment, that is drop it; otherwise keep all.
    private static readonly (ushort Code, byte IfTrue, byte IfFalse, uint Value)[] s_dropSyn =
        [(0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, uint.MaxValue)];

    /// <summary>
    /// Drops the requests of peers to connect, so that the queue can be emptied for good; they repeat the request after a second.
    /// Handshakes in progress go on. Does nothing except on Linux, which has such filters. Only for sockets that no other process has:
    /// the filter would hold for that process, too.
    /// </summary>
    internal static void RefuseNew(Socket listening)
    {
        if (!OperatingSystem.IsLinux() || listening.ProtocolType != ProtocolType.Tcp)
        {
            return;
        }

        // struct sock_fprog: a count and, after padding, the address of the instructions.
        var instructions = Marshal.AllocHGlobal(s_dropSyn.Length * InstructionSize);
        try
        {
            for (var i = 0; i < s_dropSyn.Length; i++)
            {
                var (code, ifTrue, ifFalse, value) = s_dropSyn[i];
                Marshal.WriteInt32(instructions, i * InstructionSize, code | (ifTrue << 16) | (ifFalse << 24));
                Marshal.WriteInt32(instructions, (i * InstructionSize) + 4, (int)value);
            }

            Span<byte> program = stackalloc byte[2 * IntPtr.Size];
            program.Clear();
            MemoryMarshal.Write(program, (ushort)s_dropSyn.Length);
            MemoryMarshal.Write(program[IntPtr.Size..], instructions);
            listening.SetRawSocketOption(SocketLevel, AttachFilter, program);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A sandbox forbids it, or the listener is closed: peers that connect from now on may be reset, as without a filter.
        }
        finally
        {
            Marshal.FreeHGlobal(instructions);
        }
    }

    /// <summary>Accepts the connections that wait in the queue. No accept may be pending.</summary>
    internal static List<Socket> TakeWaiting(Socket listening)
    {
        List<Socket> taken = [];
        try
        {
            listening.Blocking = false;
            for (var i = 0; i < MostTaken && listening.Poll(0, SelectMode.SelectRead); i++)
            {
                TakeOne(listening, taken);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Descriptors have run out, or the listener is closed: nothing more can be accepted.
        }

        return taken;
    }

    private static void TakeOne(Socket listening, List<Socket> taken)
    {
        try
        {
            taken.Add(listening.Accept());
        }
        catch (SocketException e) when (AcceptError.IsPeerGone(e))
        {
            // Another may wait behind the peer that has left.
        }
    }
}

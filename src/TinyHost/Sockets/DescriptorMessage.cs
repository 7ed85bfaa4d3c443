// Owns: messages over a Unix socket that carry descriptors (SCM_RIGHTS), which .NET's sockets cannot send. Linux only.
// Sources: Linux, unix(7), cmsg(3), sendmsg(2), recvmsg(2).

using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TinyHost;

internal static class DescriptorMessage
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x4000_0000;
    private const int ControlTruncated = 0x8;
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int Reset = 104;

    // More than a message of TinyHost's carries, so that a peer's excess is found and closed.
    private const int MostReceived = 16;

    // struct msghdr: name, its length, vectors, their number, control, its length, flags; each in a word of its own.
    private static readonly int s_word = IntPtr.Size;
    private static readonly int s_vector = 7 * s_word;
    private static readonly int s_control = s_vector + (2 * s_word);

    // struct cmsghdr: length, level, type.
    private static readonly int s_rights = s_word + (2 * sizeof(int));

    /// <summary>Sends a message with a descriptor or without. Throws <see cref="IOException"/> if not all of it could be sent.</summary>
    internal static void Send(Socket socket, ReadOnlySpan<byte> data, SafeHandle? descriptor = null)
    {
        var controlSize = descriptor is null ? 0 : s_rights + s_word;
        var message = Allocate(data.Length, controlSize);
        var isAdded = false;
        try
        {
            Marshal.Copy(data.ToArray(), 0, message + s_control + controlSize, data.Length);
            if (descriptor is not null)
            {
                descriptor.DangerousAddRef(ref isAdded);
                Marshal.WriteIntPtr(message, s_control, s_rights + sizeof(int));
                Marshal.WriteInt32(message, s_control + s_word, SocketLevel);
                Marshal.WriteInt32(message, s_control + s_word + sizeof(int), Rights);
                Marshal.WriteInt32(message, s_control + s_rights, (int)descriptor.DangerousGetHandle());
            }

            while (SendMessage(socket.SafeHandle, message, NoSignal) is var sent && sent != data.Length)
            {
                var error = Marshal.GetLastPInvokeError();
                if (sent >= 0 || error != Interrupted)
                {
                    throw new IOException(sent >= 0 ? "part of a message was not sent" : Marshal.GetPInvokeErrorMessage(error));
                }
            }
        }
        finally
        {
            Marshal.FreeHGlobal(message);
            if (isAdded)
            {
                descriptor!.DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Receives what has arrived and adds the descriptors of its messages. Returns the number of bytes; 0 at the end, -1 if nothing has
    /// arrived. Child processes do not inherit the descriptors. Throws <see cref="IOException"/> if there were more than one process sends.
    /// </summary>
    internal static int Receive(Socket socket, Span<byte> data, Queue<SafeSocketHandle> descriptors)
    {
        var controlSize = s_rights + (MostReceived * sizeof(int));
        var message = Allocate(data.Length, controlSize);
        try
        {
            int received;
            while ((received = (int)ReceiveMessage(socket.SafeHandle, message, DontWait | CloseOnExec)) < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == TryAgain)
                {
                    return -1;
                }

                if (error == Reset)
                {
                    // The peer has left without reading everything.
                    return 0;
                }

                if (error != Interrupted)
                {
                    throw new IOException(Marshal.GetPInvokeErrorMessage(error));
                }
            }

            TakeDescriptors(message, descriptors);
            if ((Marshal.ReadInt32(message, 6 * s_word) & ControlTruncated) != 0)
            {
                throw new IOException("a message had too many descriptors");
            }

            for (var i = 0; i < received; i++)
            {
                data[i] = Marshal.ReadByte(message, s_control + controlSize + i);
            }

            return received;
        }
        finally
        {
            Marshal.FreeHGlobal(message);
        }
    }

    // One block: the header, one vector, the control data, the data.
    private static nint Allocate(int dataSize, int controlSize)
    {
        var size = s_control + controlSize + dataSize;
        var message = Marshal.AllocHGlobal(size);
        for (var i = 0; i < s_control + controlSize; i++)
        {
            Marshal.WriteByte(message, i, 0);
        }

        Marshal.WriteIntPtr(message, 2 * s_word, message + s_vector);
        Marshal.WriteIntPtr(message, 3 * s_word, 1);
        Marshal.WriteIntPtr(message, 4 * s_word, controlSize == 0 ? 0 : message + s_control);
        Marshal.WriteIntPtr(message, 5 * s_word, controlSize);
        Marshal.WriteIntPtr(message, s_vector, message + s_control + controlSize);
        Marshal.WriteIntPtr(message, s_vector + s_word, dataSize);
        return message;
    }

    private static void TakeDescriptors(nint message, Queue<SafeSocketHandle> descriptors)
    {
        if ((int)Marshal.ReadIntPtr(message, 5 * s_word) < s_rights
            || Marshal.ReadInt32(message, s_control + s_word) != SocketLevel
            || Marshal.ReadInt32(message, s_control + s_word + sizeof(int)) != Rights)
        {
            return;
        }

        var end = (int)Marshal.ReadIntPtr(message, s_control);
        for (var offset = s_rights; offset + sizeof(int) <= end; offset += sizeof(int))
        {
            descriptors.Enqueue(new SafeSocketHandle(Marshal.ReadInt32(message, s_control + offset), ownsHandle: true));
        }
    }

    [DllImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SendMessage(SafeHandle socket, nint message, int flags);

    [DllImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ReceiveMessage(SafeHandle socket, nint message, int flags);
}

// Owns: telling systemd about the service, a datagram at a time.
// Source: systemd, sd_notify(3).

using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace TinyHost;

internal sealed class NotifySocket : IDisposable
{
    /// <summary>The variable with the address. Unset unless systemd wants to be told.</summary>
    internal const string Variable = "NOTIFY_SOCKET";

    // The queue of the receiver can be full.
    private const int PatienceMilliseconds = 1_000;

    private readonly EndPoint _service;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
    {
        SendTimeout = PatienceMilliseconds,
    };

    private NotifySocket(EndPoint service) => _service = service;

    /// <summary>Null, with the reason, for an address other than a path or <c>@name</c>, an abstract socket.</summary>
    internal static NotifySocket? Open(string address, out string? fault)
    {
        fault = null;
        try
        {
            if (address is ['/' or '@', _, ..])
            {
                return new NotifySocket(new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address));
            }

            fault = "it must be a path or, for an abstract socket, @ and a name";
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException or SocketException)
        {
            fault = e.Message;
        }

        return null;
    }

    /// <summary>A value that stays on its line.</summary>
    internal static string Line(string key, string value) =>
        $"{key}={string.Create(value.Length, value, static (line, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                line[i] = char.IsControl(text[i]) ? ' ' : text[i];
            }
        })}";

    /// <summary>Sends assignments as one message. Throws <see cref="SocketException"/>.</summary>
    internal void Send(params IEnumerable<string> lines) => _socket.SendTo(Encode(lines), _service);

    /// <summary>
    /// Sends assignments and a descriptor as one message. Throws <see cref="SocketException"/> and <see cref="IOException"/>.
    /// </summary>
    internal void Send(SafeHandle descriptor, params IEnumerable<string> lines)
    {
        _socket.Connect(_service);
        DescriptorMessage.Send(_socket, Encode(lines), descriptor);
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Encode(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines));
}

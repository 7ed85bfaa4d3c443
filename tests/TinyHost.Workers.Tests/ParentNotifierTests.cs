// Owns: what systemd is told when a stop meets a replacement.

using System.Net.Sockets;
using System.Text;

namespace TinyHost.Workers.Tests;

public sealed class ParentNotifierTests
{
    [Fact]
    public void A_replacement_that_a_stop_ends_is_not_reported_as_ready()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "systemd runs on Linux alone.");
        using var folder = new TemporaryFolder();
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        systemd.Bind(new UnixDomainSocketEndPoint(folder.PathOf("notify")));
        using var log = new RecordingLogger();
        var time = new ManualTime();
        using var group = new WorkerGroup(2, new TargetList(null, log), time);
        using var notifier = new ParentNotifier(name => name == "NOTIFY_SOCKET" ? folder.PathOf("notify") : null, group, time, log);
        notifier.Reloading();
        Assert.Contains("RELOADING=1", Receive(systemd), StringComparison.Ordinal);
        notifier.Stopping();
        Assert.Contains("STOPPING=1", Receive(systemd), StringComparison.Ordinal);
        notifier.Reloaded(isComplete: false);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("EXTEND_TIMEOUT_USEC=15000000", Receive(systemd).Trim());
        Assert.Equal(0, systemd.Available);
    }

    private static string Receive(Socket socket)
    {
        var message = new byte[4_096];
        return Encoding.UTF8.GetString(message, 0, socket.Receive(message));
    }
}

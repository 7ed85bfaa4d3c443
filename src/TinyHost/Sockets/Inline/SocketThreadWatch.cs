// Owns: noticing that one of the runtime's socket threads does not come round, whatever keeps it.
// Does not own: saying so (SocketThreads).

using System.Globalization;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// The runtime gives its sockets to its socket threads in turn. So a socket for each of them, made one after the other, has one on each, unless others
/// were made meanwhile: that is for warnings alone.
/// </summary>
internal sealed class SocketThreadWatch : IDisposable
{
    private const string CountVariable = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    private const long Late = 900;

    private readonly List<Probe> _probes = [];

    /// <exception cref="SocketException">There is no loopback interface, or no descriptor left.</exception>
    internal SocketThreadWatch()
    {
        var isSet = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0;
        try
        {
            for (var left = isSet ? Math.Min(count, Environment.ProcessorCount) : Environment.ProcessorCount; left > 0; left--)
            {
                _probes.Add(new Probe());
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>For the heartbeat, at every tick: whether a thread has not come round for about a second. Times are those of the heartbeat.</summary>
    internal bool IsOneKept(long now)
    {
        var isOneKept = false;
        foreach (var probe in _probes)
        {
            isOneKept |= probe.IsLate(now);
        }

        return isOneKept;
    }

    public void Dispose() => _probes.ForEach(probe => probe.Dispose());

    private sealed class Probe : IDisposable
    {
        private readonly LoopbackDatagram _datagram;
        private long _sentAt;
        private volatile bool _isUnderWay;

        internal Probe() => _datagram = new LoopbackDatagram(_ => _isUnderWay = false);

        internal bool IsLate(long now)
        {
            if (_isUnderWay)
            {
                return now - _sentAt >= Late;
            }

            (_sentAt, _isUnderWay) = (now, true);
            try
            {
                _isUnderWay = _datagram.TrySend();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Nothing can be told then.
                _isUnderWay = false;
            }

            return false;
        }

        public void Dispose() => _datagram.Dispose();
    }
}

// Owns: the one source of events of the .NET servers, and its viewers.

using System.Threading.Channels;

namespace TinyHost.Bench.Shared;

/// <summary>Each viewer has a queue of its own, so that a slow viewer delays no other.</summary>
internal sealed class EventFeed
{
    private readonly Lock _lock = new();
    private readonly List<ChannelWriter<string>> _viewers = [];

    /// <summary>Adds a viewer. It gets the events published from now on, until it is disposed.</summary>
    public Viewer Watch()
    {
        var queue = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            _viewers.Add(queue.Writer);
        }

        return new Viewer(this, queue);
    }

    /// <summary>Gives an event to every viewer.</summary>
    public void Publish(string data)
    {
        lock (_lock)
        {
            foreach (var viewer in _viewers)
            {
                viewer.TryWrite(data);
            }
        }
    }

    internal sealed class Viewer(EventFeed feed, Channel<string> queue) : IDisposable
    {
        public ChannelReader<string> Events => queue.Reader;

        public void Dispose()
        {
            lock (feed._lock)
            {
                feed._viewers.Remove(queue.Writer);
            }
        }
    }
}

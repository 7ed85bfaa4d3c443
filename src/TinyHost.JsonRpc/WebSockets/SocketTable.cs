// Owns: the open WebSockets of a handler, their number, and the timer of their deadlines.

namespace TinyHost.JsonRpc;

/// <summary>One timer for all of them, which runs while there are any.</summary>
internal sealed class SocketTable(int most, TimeProvider time, RpcInstruments instruments)
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<SocketConversation> _all = [];
    private ITimer? _timer;
    private int _count;

    /// <summary>The connections that are open now.</summary>
    public IReadOnlyList<JsonRpcConnection> Connections
    {
        get
        {
            lock (_lock)
            {
                return _all.ConvertAll(conversation => conversation.Connection);
            }
        }
    }

    /// <summary>Takes a place for a connection that is about to open. False if there are too many.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_count == most)
            {
                return false;
            }

            _count++;
            return true;
        }
    }

    /// <summary>Gives the place back.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            _count--;
        }
    }

    public void Add(SocketConversation conversation)
    {
        lock (_lock)
        {
            _all.Add(conversation);
            _timer ??= time.CreateTimer(static self => ((SocketTable)self!).Tick(), this, s_tick, s_tick);
        }

        instruments.Open();
    }

    public void Remove(SocketConversation conversation)
    {
        lock (_lock)
        {
            _all.Remove(conversation);
            if (_all.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }

        instruments.Close();
    }

    private void Tick()
    {
        SocketConversation[] all;
        lock (_lock)
        {
            all = [.. _all];
        }

        Array.ForEach(all, conversation => conversation.Tick());
    }
}

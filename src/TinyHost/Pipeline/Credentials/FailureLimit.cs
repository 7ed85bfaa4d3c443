// Owns: how many failed logins are looked at: of each client, and of all together.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace TinyHost;

/// <summary>
/// Token buckets that fill in a minute. A login takes a token of its client's bucket and one of the common bucket, and gives them back if
/// it succeeds. A client is an address, or the /64 network of an IPv6 address, since one client has as many addresses as it likes there.
/// </summary>
internal sealed class FailureLimit(int perClient, int total, TimeProvider time)
{
    private readonly Lock _lock = new();
    // The clients whose bucket is not full. The common bucket bounds how many there can be: a new one takes a token of it.
    private readonly Dictionary<UInt128, Bucket> _clients = [];
    private Bucket _common = new(total, time.GetTimestamp());

    internal static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        address.TryWriteBytes(octets, out _);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            octets[8..].Clear();
            // No IPv4 address has this bit.
            octets[15] = 1;
        }

        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }

    /// <summary>Takes a token for a login that may fail. False if none is left: then the pause is the time until there is one.</summary>
    internal bool TryTake(UInt128 client, out TimeSpan pause)
    {
        lock (_lock)
        {
            if (IsOver(client, out pause, out var bucket))
            {
                return false;
            }

            Set(client, bucket.With(-1));
            _common = _common.With(-1);
            return true;
        }
    }

    /// <summary>The login succeeded.</summary>
    internal void GiveBack(UInt128 client)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            Set(client, Refilled(_clients.GetValueOrDefault(client, new(perClient, now)), perClient, now).With(1));
            _common = Refilled(_common.With(1), total, now);
        }
    }

    /// <summary>Whether a token is left; if not, the pause is the time until there is one.</summary>
    internal bool IsOver(UInt128 client, out TimeSpan pause)
    {
        lock (_lock)
        {
            return IsOver(client, out pause, out _);
        }
    }

    private static TimeSpan PauseOf(Bucket bucket, int most) => TimeSpan.FromMinutes((1 - bucket.Tokens) / most);

    private bool IsOver(UInt128 client, out TimeSpan pause, out Bucket bucket)
    {
        var now = time.GetTimestamp();
        bucket = Refilled(_clients.GetValueOrDefault(client, new(perClient, now)), perClient, now);
        _common = Refilled(_common, total, now);
        pause = bucket.Tokens < 1 ? PauseOf(bucket, perClient) : _common.Tokens < 1 ? PauseOf(_common, total) : TimeSpan.Zero;
        return pause > TimeSpan.Zero;
    }

    private Bucket Refilled(Bucket bucket, int most, long now) =>
        new(Math.Min(most, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalMinutes * most)), now);

    private void Set(UInt128 client, Bucket bucket)
    {
        if (bucket.Tokens >= perClient)
        {
            _clients.Remove(client);
            return;
        }

        // Each client here has taken a token that the common bucket has got back since, within two minutes.
        if (_clients.Count >= 2 * total && !_clients.ContainsKey(client))
        {
            RemoveFull(bucket.At);
        }

        _clients[client] = bucket;
    }

    private void RemoveFull(long now)
    {
        foreach (var (client, bucket) in _clients)
        {
            if (Refilled(bucket, perClient, now).Tokens >= perClient)
            {
                _clients.Remove(client);
            }
        }
    }

    private readonly record struct Bucket(double Tokens, long At)
    {
        internal Bucket With(int change) => this with { Tokens = Tokens + change };
    }
}

// Owns: tests of ServerLimits: the documented defaults and the range of each limit.

namespace TinyHost.Tests.Syntax;

public sealed class ServerLimitsTests
{
    [Fact]
    public void Defaults_are_as_documented()
    {
        var limits = new ServerLimits();
        Assert.Equal(8_192, limits.MaxRequestLineSize);
        Assert.Equal(32, limits.MaxMethodSize);
        Assert.Equal(32_768, limits.MaxHeaderSectionSize);
        Assert.Equal(100, limits.MaxFieldLines);
        Assert.Equal(8_192, limits.MaxTrailerSectionSize);
        Assert.Equal(256, limits.MaxChunkLineSize);
        Assert.Equal(30_000_000, limits.MaxRequestBodySize);
        Assert.Equal(262_144, limits.MaxDrainSize);
        Assert.Equal(65_536, limits.ResponseBufferSize);
        Assert.Equal(10_000, limits.MaxConnections);
        Assert.Equal(TimeSpan.FromSeconds(130), limits.IdleTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), limits.HeaderSectionTimeout);
        Assert.Equal(240, limits.MinDataRate);
        Assert.Equal(TimeSpan.FromSeconds(5), limits.MinDataRateGrace);
        Assert.Equal(TimeSpan.FromSeconds(10), limits.OpeningTimeout);
        Assert.Equal(TimeSpan.FromSeconds(2), limits.LingerTimeout);
        Assert.Equal(512, limits.MaxBlockedThreads);
    }

    public static TheoryData<string, Action<ServerLimits>> MinimumValues => new()
    {
        { "MaxRequestLineSize", l => l.MaxRequestLineSize = 64 },
        { "MaxMethodSize", l => l.MaxMethodSize = 1 },
        { "MaxHeaderSectionSize", l => l.MaxHeaderSectionSize = 64 },
        { "MaxFieldLines", l => l.MaxFieldLines = 1 },
        { "MaxTrailerSectionSize", l => l.MaxTrailerSectionSize = 64 },
        { "MaxChunkLineSize", l => l.MaxChunkLineSize = 16 },
        { "MaxRequestBodySize", l => l.MaxRequestBodySize = 0 },
        { "MaxRequestBodySize, none", l => l.MaxRequestBodySize = null },
        { "MaxDrainSize", l => l.MaxDrainSize = 0 },
        { "MaxBlockedThreads", l => l.MaxBlockedThreads = 0 },
        { "ResponseBufferSize", l => l.ResponseBufferSize = 1_024 },
        { "MaxConnections", l => l.MaxConnections = 1 },
        { "MaxConnections, none", l => l.MaxConnections = null },
        { "MaxConnectionsPerListener", l => l.MaxConnectionsPerListener = 1 },
        { "MinDataRate", l => l.MinDataRate = 0 },
        { "IdleTimeout", l => l.IdleTimeout = TimeSpan.FromTicks(1) },
    };

    public static TheoryData<string, Action<ServerLimits>> ValuesOutOfRange => new()
    {
        { "MaxRequestLineSize", l => l.MaxRequestLineSize = 63 },
        { "MaxMethodSize", l => l.MaxMethodSize = 0 },
        { "MaxHeaderSectionSize", l => l.MaxHeaderSectionSize = 63 },
        { "MaxFieldLines", l => l.MaxFieldLines = 0 },
        { "MaxTrailerSectionSize", l => l.MaxTrailerSectionSize = 63 },
        { "MaxChunkLineSize", l => l.MaxChunkLineSize = 15 },
        { "MaxRequestBodySize", l => l.MaxRequestBodySize = -1 },
        { "MaxDrainSize", l => l.MaxDrainSize = -1 },
        { "ResponseBufferSize", l => l.ResponseBufferSize = 1_023 },
        { "MaxConnections", l => l.MaxConnections = 0 },
        { "MaxConnectionsPerListener", l => l.MaxConnectionsPerListener = 0 },
        { "MinDataRate", l => l.MinDataRate = -1 },
        { "IdleTimeout", l => l.IdleTimeout = TimeSpan.Zero },
        { "HeaderSectionTimeout", l => l.HeaderSectionTimeout = TimeSpan.FromSeconds(-1) },
        { "MinDataRateGrace", l => l.MinDataRateGrace = TimeSpan.Zero },
        { "OpeningTimeout", l => l.OpeningTimeout = TimeSpan.Zero },
        { "LingerTimeout", l => l.LingerTimeout = TimeSpan.Zero },
        { "MaxBlockedThreads", l => l.MaxBlockedThreads = -1 },
    };

    [Fact]
    public void The_limit_of_each_listener_can_be_set_and_removed()
    {
        var limits = new ServerLimits();
        Assert.Null(limits.MaxConnectionsPerListener);
        limits.MaxConnectionsPerListener = 7;
        Assert.Equal(7, limits.MaxConnectionsPerListener);
        limits.MaxConnectionsPerListener = null;
        Assert.Null(limits.MaxConnectionsPerListener);
    }

    [Theory]
    [MemberData(nameof(MinimumValues))]
    public void Minimum_values_are_accepted(string limit, Action<ServerLimits> set)
    {
        Assert.NotEmpty(limit);
        set(new ServerLimits());
    }

    [Theory]
    [MemberData(nameof(ValuesOutOfRange))]
    public void Values_out_of_range_are_refused(string limit, Action<ServerLimits> set)
    {
        Assert.NotEmpty(limit);
        Assert.Throws<ArgumentOutOfRangeException>(() => set(new ServerLimits()));
    }

    [Fact]
    public void Maximum_sizes_do_not_overflow()
    {
        var limits = new ServerLimits
        {
            MaxRequestLineSize = int.MaxValue,
            MaxMethodSize = int.MaxValue,
            MaxHeaderSectionSize = int.MaxValue,
            MaxFieldLines = int.MaxValue,
            MaxTrailerSectionSize = int.MaxValue,
            MaxChunkLineSize = int.MaxValue,
            MaxRequestBodySize = long.MaxValue,
        };
        var octets = "\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: y\r\n\r\n"u8;
        Assert.Equal(TranscriptEnd.Between, MessageReader.ReadByteByByte(octets, limits).End);
    }
}

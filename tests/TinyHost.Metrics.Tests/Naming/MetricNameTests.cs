namespace TinyHost.Metrics.Tests.Naming;

public sealed class MetricNameTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", InstrumentKind.Histogram, "http_server_request_duration_seconds")]
    [InlineData("http.server.active_requests", "{request}", InstrumentKind.ObservableUpDownCounter, "http_server_active_requests")]
    [InlineData("http.server.request.body.size", "By", InstrumentKind.Histogram, "http_server_request_body_size_bytes")]
    [InlineData("dotnet.gc.collections", "{collection}", InstrumentKind.ObservableCounter, "dotnet_gc_collections_total")]
    [InlineData("dotnet.gc.heap.total_allocated", "By", InstrumentKind.ObservableCounter, "dotnet_gc_heap_total_allocated_bytes_total")]
    [InlineData("process.cpu", "s", InstrumentKind.ObservableCounter, "process_cpu_seconds_total")]
    [InlineData("orders", null, InstrumentKind.Counter, "orders_total")]
    [InlineData("orders_total", null, InstrumentKind.Counter, "orders_total")]
    [InlineData("orders.total", "By", InstrumentKind.Counter, "orders_bytes_total")]
    [InlineData("orders_bytes_total", "By", InstrumentKind.Counter, "orders_bytes_total")]
    [InlineData("total", null, InstrumentKind.Counter, "total")]
    [InlineData("subtotal", null, InstrumentKind.Counter, "subtotal_total")]
    [InlineData("orders_total", null, InstrumentKind.Gauge, "orders_total")]
    [InlineData("cache.fill", "1", InstrumentKind.Gauge, "cache_fill_ratio")]
    [InlineData("cache.fill", "1", InstrumentKind.ObservableGauge, "cache_fill_ratio")]
    [InlineData("cache.fill_ratio", "1", InstrumentKind.Gauge, "cache_fill_ratio")]
    [InlineData("cache.fill", "1", InstrumentKind.UpDownCounter, "cache_fill")]
    [InlineData("cache.hits", "1", InstrumentKind.Counter, "cache_hits_total")]
    [InlineData("cpu.use", "%", InstrumentKind.Gauge, "cpu_use_percent")]
    [InlineData("wait", "ms", InstrumentKind.Histogram, "wait_milliseconds")]
    [InlineData("wait", "us", InstrumentKind.Histogram, "wait_microseconds")]
    [InlineData("wait", "µs", InstrumentKind.Histogram, "wait_microseconds")]
    [InlineData("wait", "μs", InstrumentKind.Histogram, "wait_microseconds")]
    [InlineData("wait", "s/µs", InstrumentKind.Gauge, "wait_seconds_per_us")]
    [InlineData("dose", "µg", InstrumentKind.Gauge, "dose_ug")]
    [InlineData("wait", "min", InstrumentKind.Histogram, "wait_minutes")]
    [InlineData("wait_seconds", "s", InstrumentKind.Histogram, "wait_seconds")]
    [InlineData("seconds_before_start", "s", InstrumentKind.Gauge, "seconds_before_start_seconds")]
    [InlineData("milliseconds", "s", InstrumentKind.Gauge, "milliseconds_seconds")]
    [InlineData("seconds", "s", InstrumentKind.Gauge, "seconds")]
    [InlineData("flow", "By/s", InstrumentKind.Gauge, "flow_bytes_per_second")]
    [InlineData("flow.bytes.per.second", "By/s", InstrumentKind.Gauge, "flow_bytes_per_second")]
    [InlineData("flow.bytes-per_second.total", "By/s", InstrumentKind.Counter, "flow_bytes_per_second_total")]
    [InlineData("bytes.per.second", "By/s", InstrumentKind.Gauge, "bytes_per_second")]
    [InlineData("kilobytes.per.second", "By/s", InstrumentKind.Gauge, "kilobytes_per_second_bytes_per_second")]
    [InlineData("flow", "{request}/s", InstrumentKind.Gauge, "flow_per_second")]
    [InlineData("flow", "m/s", InstrumentKind.Gauge, "flow_meters_per_second")]
    [InlineData("flow", "{request}/{client}", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "{packet}By", InstrumentKind.Gauge, "flow_bytes")]
    [InlineData("flow", "widgets", InstrumentKind.Gauge, "flow_widgets")]
    [InlineData("flow", "a b", InstrumentKind.Gauge, "flow_a_b")]
    [InlineData("flow", "{", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", " ", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "°C", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "Ω", InstrumentKind.Counter, "flow_total")]
    [InlineData("flow", "m²", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "m³/s", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "By/秒", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "{订单}/s", InstrumentKind.Gauge, "flow_per_second")]
    [InlineData("flow", "{订单}", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "-", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "-/s", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "///", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "/s", InstrumentKind.Gauge, "flow_per_second")]
    [InlineData("flow", "1/s", InstrumentKind.Gauge, "flow_per_second")]
    [InlineData("flow", "1{a}", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "s{a}", InstrumentKind.Gauge, "flow_seconds")]
    [InlineData("flow", "}", InstrumentKind.Gauge, "flow")]
    [InlineData("flow", "[degF]", InstrumentKind.Gauge, "flow_degF")]
    [InlineData("flow", "10*3", InstrumentKind.Gauge, "flow_10_3")]
    [InlineData("flow", "\uD83D", InstrumentKind.Gauge, "flow")]
    [InlineData("memory", "MiBy", InstrumentKind.Gauge, "memory_mebibytes")]
    [InlineData("temperature", "Cel", InstrumentKind.Gauge, "temperature_celsius")]
    [InlineData("a..b--c", null, InstrumentKind.Gauge, "a_b_c")]
    [InlineData("a__b", null, InstrumentKind.Gauge, "a_b")]
    [InlineData("a:b", null, InstrumentKind.Gauge, "a:b")]
    [InlineData("5xx", null, InstrumentKind.Gauge, "_5xx")]
    [InlineData("größe", null, InstrumentKind.Gauge, "gr_e")]
    [InlineData("x.", "s", InstrumentKind.Counter, "x_seconds_total")]
    [InlineData("x.", null, InstrumentKind.Counter, "x_total")]
    internal void Name_unit_and_kind_of_an_instrument_form_the_family_name(
        string instrument, string? unit, InstrumentKind kind, string expected) =>
        Assert.Equal(expected, MetricName.For(instrument, unit, kind));

    [Theory]
    [InlineData("", InstrumentKind.Gauge)]
    [InlineData("订单", InstrumentKind.Counter)]
    [InlineData("订单_total", InstrumentKind.Counter)]
    [InlineData("订单.total", InstrumentKind.Counter)]
    [InlineData("_total", InstrumentKind.Counter)]
    [InlineData(".total", InstrumentKind.ObservableCounter)]
    [InlineData("__total", InstrumentKind.Counter)]
    [InlineData("___", InstrumentKind.Gauge)]
    [InlineData(" \t\n", InstrumentKind.Histogram)]
    [InlineData(":", InstrumentKind.Gauge)]
    [InlineData("😀", InstrumentKind.UpDownCounter)]
    [InlineData("\uD83D", InstrumentKind.Gauge)]
    internal void A_name_without_ASCII_letter_or_digit_is_no_name_whatever_its_suffixes(string instrument, InstrumentKind kind)
    {
        Assert.Equal("", MetricName.For(instrument, null, kind));
        Assert.Equal("", MetricName.For(instrument, "s", kind));
        Assert.Equal("", MetricName.For(instrument, "1", kind));
        Assert.Equal("", MetricName.For(instrument, "s", kind, addSuffixes: false));
    }

    [Theory]
    [InlineData("orders", "s", InstrumentKind.Counter, "orders")]
    [InlineData("orders.total", "s", InstrumentKind.Counter, "orders_total")]
    [InlineData("cache.fill", "1", InstrumentKind.Gauge, "cache_fill")]
    internal void Suffixes_can_be_left_out(string instrument, string unit, InstrumentKind kind, string expected) =>
        Assert.Equal(expected, MetricName.For(instrument, unit, kind, addSuffixes: false));

    [Theory]
    [InlineData("flow.bytes.per.second", "By/s", InstrumentKind.Gauge, "flow.bytes.per.second")]
    [InlineData("flow.bytes.per.second", "By/s", InstrumentKind.Counter, "flow.bytes.per.second_total")]
    [InlineData("flow", "By/s", InstrumentKind.Gauge, "flow_bytes_per_second")]
    [InlineData("disk.used.bytes", "By", InstrumentKind.Gauge, "disk.used.bytes")]
    [InlineData("cache.fill.ratio", "1", InstrumentKind.Gauge, "cache.fill.ratio")]
    internal void A_suffix_present_in_other_characters_is_not_repeated(
        string instrument, string unit, InstrumentKind kind, string expected) =>
        Assert.Equal(expected, MetricName.Unescaped(instrument, unit, kind));

    [Fact]
    public void A_name_of_any_characters_becomes_valid()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var name = MetricName.For($"{(char)c}x{(char)c}", null, InstrumentKind.Counter);
            Assert.Matches("^[a-zA-Z_:][a-zA-Z0-9_:]*$", name);
        }
    }

    [Fact]
    public void A_very_long_name_is_not_truncated() =>
        Assert.Equal(new string('a', 5_000) + "_total", MetricName.For(new string('a', 5_000), null, InstrumentKind.Counter));
}

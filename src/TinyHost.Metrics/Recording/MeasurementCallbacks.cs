// Owns: handing the measurements of a MeterListener to the series they belong to.

using System.Diagnostics.Metrics;

namespace TinyHost.Metrics;

internal static class MeasurementCallbacks
{
    /// <summary>
    /// Routes the measurements of an instrument to the table that is its listener's state. An observable disposed while it is asked has no
    /// state any more. Only the callback of the instrument's own type is set: each is code of its own to compile.
    /// </summary>
    internal static void Attach(MeterListener listener, Instrument instrument)
    {
        switch (Type.GetTypeCode(MeasurementType(instrument)))
        {
            case TypeCode.Byte:
                listener.SetMeasurementEventCallback<byte>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int16:
                listener.SetMeasurementEventCallback<short>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int32:
                listener.SetMeasurementEventCallback<int>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Int64:
                listener.SetMeasurementEventCallback<long>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Single:
                listener.SetMeasurementEventCallback<float>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(FloatValue.ToDouble(value), tags));
                break;
            case TypeCode.Double:
                listener.SetMeasurementEventCallback<double>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record(value, tags));
                break;
            case TypeCode.Decimal:
                listener.SetMeasurementEventCallback<decimal>(
                    static (_, value, tags, state) => ((SeriesTable?)state)?.Record((double)value, tags));
                break;
        }
    }

    // Classes derived from the instruments have one of these bases.
    private static Type MeasurementType(Instrument instrument)
    {
        var type = instrument.GetType();
        while (!IsBase(type))
        {
            type = type.BaseType!;
        }

        return type.GenericTypeArguments[0];

        static bool IsBase(Type type) =>
            type.IsGenericType
            && type.GetGenericTypeDefinition() is var definition
            && (definition == typeof(Instrument<>) || definition == typeof(ObservableInstrument<>));
    }
}

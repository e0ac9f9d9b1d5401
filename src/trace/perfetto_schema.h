/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perfetto_schema.h - field numbers of Perfetto's published schema
 * (protos/perfetto/trace/ in its sources), those that we write.
 */
#ifndef KS_TRACE_PERFETTO_SCHEMA_H
#define KS_TRACE_PERFETTO_SCHEMA_H

enum {
	/* Trace */
	TRACE_PACKET = 1,
	/* TracePacket */
	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE_ID = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED_DATA = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TIMESTAMP_CLOCK_ID = 58,
	PACKET_DEFAULTS = 59,
	PACKET_TRACK_DESCRIPTOR = 60,
	PACKET_FIRST_ON_SEQUENCE = 87,
	/* TracePacketDefaults */
	DEFAULTS_TIMESTAMP_CLOCK_ID = 58,
	/* ClockSnapshot, ClockSnapshot.Clock */
	SNAPSHOT_CLOCKS = 1,
	SNAPSHOT_PRIMARY = 2,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	/* TrackDescriptor, CounterDescriptor */
	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,
	TRACK_CHILD_ORDERING = 11,
	TRACK_RANK = 12,
	COUNTER_UNIT = 3,
	COUNTER_UNIT_NAME = 6,
	/* TrackEvent */
	EVENT_CATEGORY_IIDS = 3,
	EVENT_ANNOTATIONS = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_COUNTER_VALUE = 30,
	EVENT_FLOWS = 47,
	EVENT_LAST_FLOWS = 48,
	/* DebugAnnotation */
	ANNOTATION_NAME_IID = 1,
	ANNOTATION_UINT = 3,
	ANNOTATION_INT = 4,
	ANNOTATION_STRING_IID = 17,
	/* InternedData, and its messages */
	INTERNED_CATEGORIES = 1,
	INTERNED_NAMES = 2,
	INTERNED_ANNOTATIONS = 3,
	INTERNED_STRINGS = 29,
	INTERNED_IID = 1,
	INTERNED_TEXT = 2,
};

enum { SEQUENCE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2 };
enum { TYPE_SLICE_BEGIN = 1, TYPE_SLICE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };
enum { ORDER_EXPLICIT = 3, UNIT_COUNT = 2, CLOCK_BOOTTIME = 6 };

/* of the sequence's own clocks (64 to 127): virtual time, 0 where boot time is 0 */
enum { CLOCK_VIRTUAL = 64 };

#endif

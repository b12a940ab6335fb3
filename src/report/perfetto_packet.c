/* SPDX-License-Identifier: MIT */
#include "perfetto_packet.h"

/* Numbers of fields, by the message that has them. */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED_DATA = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60
};
enum { SEQUENCE_CLEARED = 1, SEQUENCE_NEEDS_STATE = 2, THE_SEQUENCE = 1 };
enum { INTERNED_EVENT_NAMES = 2, INTERNED_NOTE_NAMES = 3, INTERNED_IID = 1, INTERNED_TEXT = 2 };
enum { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5, TRACK_COUNTER = 8 };
enum { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum { COUNTER_UNIT_NAME = 6 };
enum { CLOCK_CLOCKS = 1, CLOCK_ID = 1, CLOCK_TIMESTAMP = 2, CLOCK_REALTIME_ID = 1, CLOCK_BOOTTIME_ID = 6 };
enum { EVENT_NOTES = 4, EVENT_TYPE = 9, EVENT_NAME_IID = 10, EVENT_TRACK = 11, EVENT_NAME = 23, EVENT_VALUE = 30 };
enum { NOTE_NAME_IID = 1, NOTE_BOOL = 2, NOTE_UINT = 3, NOTE_STRING = 6 };

static uint64_t uuid_of(enum perfetto_track track, uint32_t id)
{
	return (uint64_t)id << 3 | track; /* small numbers are short */
}

/* A packet is a field of the trace, and the trace is nothing but its packets. */
static void write_packet(struct perfetto_writer *writer, unsigned flags)
{
	struct proto head;
	proto_uint(&writer->packet, PACKET_SEQUENCE, THE_SEQUENCE);
	proto_uint(&writer->packet, PACKET_SEQUENCE_FLAGS, flags);
	proto_start(&head);
	proto_head(&head, TRACE_PACKET, writer->packet.size);
	fwrite(head.bytes, 1, head.size, writer->out);
	fwrite(writer->packet.bytes, 1, writer->packet.size, writer->out);
	writer->packets++;
}

static void intern(struct proto *data, unsigned field, uint64_t iid, const char *text)
{
	struct proto entry;
	proto_start(&entry);
	proto_uint(&entry, INTERNED_IID, iid);
	proto_string(&entry, INTERNED_TEXT, text);
	proto_message(data, field, &entry);
}

void perfetto_start(struct perfetto_writer *writer)
{
	struct proto data;
	proto_start(&data);
#define INTERN_NAME(NAME, text) intern(&data, INTERNED_EVENT_NAMES, PERFETTO_NAME_##NAME, text);
	PERFETTO_NAMES(INTERN_NAME)
#undef INTERN_NAME
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++)
		intern(&data, INTERNED_EVENT_NAMES, PERFETTO_KINDS + kind,
		       wsc_violation_name((enum wsc_violation_kind)kind));
#define INTERN_NOTE(NAME, text) intern(&data, INTERNED_NOTE_NAMES, PERFETTO_NOTE_##NAME, text);
	PERFETTO_NOTES(INTERN_NOTE)
#undef INTERN_NOTE
	proto_start(&writer->packet);
	proto_message(&writer->packet, PACKET_INTERNED_DATA, &data);
	write_packet(writer, SEQUENCE_CLEARED | SEQUENCE_NEEDS_STATE);
}

void perfetto_label(struct perfetto_writer *writer, uint64_t iid, const char *text)
{
	struct proto data;
	proto_start(&data);
	intern(&data, INTERNED_EVENT_NAMES, iid, text);
	proto_start(&writer->packet);
	proto_message(&writer->packet, PACKET_INTERNED_DATA, &data);
	write_packet(writer, SEQUENCE_NEEDS_STATE);
}

static void add_clock(struct proto *snapshot, unsigned id, uint64_t ns)
{
	struct proto clock;
	proto_start(&clock);
	proto_uint(&clock, CLOCK_ID, id);
	proto_uint(&clock, CLOCK_TIMESTAMP, ns);
	proto_message(snapshot, CLOCK_CLOCKS, &clock);
}

void perfetto_clock(struct perfetto_writer *writer, uint64_t ns, uint64_t wall_ns)
{
	struct proto snapshot;
	proto_start(&snapshot);
	add_clock(&snapshot, CLOCK_BOOTTIME_ID, ns); /* what stamps of packets are of unless they say otherwise */
	add_clock(&snapshot, CLOCK_REALTIME_ID, wall_ns);
	proto_start(&writer->packet);
	proto_message(&writer->packet, PACKET_CLOCK_SNAPSHOT, &snapshot);
	write_packet(writer, SEQUENCE_NEEDS_STATE);
}

static void write_track(struct perfetto_writer *writer, const struct proto *track)
{
	proto_start(&writer->packet);
	proto_message(&writer->packet, PACKET_TRACK_DESCRIPTOR, track);
	write_packet(writer, SEQUENCE_NEEDS_STATE);
}

void perfetto_process(struct perfetto_writer *writer, int32_t pid, const char *name)
{
	struct proto track, process;
	proto_start(&process);
	proto_uint(&process, PROCESS_PID, (uint64_t)pid);
	proto_string(&process, PROCESS_NAME, name);
	proto_start(&track);
	proto_uint(&track, TRACK_UUID, uuid_of(PERFETTO_PROCESS, 0));
	proto_message(&track, TRACK_PROCESS, &process);
	write_track(writer, &track);
}

void perfetto_thread(struct perfetto_writer *writer, uint32_t worker, int32_t pid, int32_t tid, const char *name)
{
	struct proto track, thread;
	proto_start(&thread);
	proto_uint(&thread, THREAD_PID, (uint64_t)pid);
	proto_uint(&thread, THREAD_TID, (uint64_t)tid);
	proto_string(&thread, THREAD_NAME, name);
	proto_start(&track);
	proto_uint(&track, TRACK_UUID, uuid_of(PERFETTO_WORKER, worker));
	proto_message(&track, TRACK_THREAD, &thread);
	write_track(writer, &track);
}

void perfetto_counter_track(struct perfetto_writer *writer, enum perfetto_track kind, uint32_t id, const char *name,
                            const char *unit)
{
	struct proto track, counter;
	bool of_worker = kind == PERFETTO_FAILURES;
	proto_start(&counter);
	proto_string(&counter, COUNTER_UNIT_NAME, unit);
	proto_start(&track);
	proto_uint(&track, TRACK_UUID, uuid_of(kind, id));
	proto_uint(&track, TRACK_PARENT, of_worker ? uuid_of(PERFETTO_WORKER, id) : uuid_of(PERFETTO_PROCESS, 0));
	proto_string(&track, TRACK_NAME, name);
	proto_message(&track, TRACK_COUNTER, &counter);
	write_track(writer, &track);
}

void perfetto_event(struct perfetto_writer *writer, enum perfetto_type type, enum perfetto_track track, uint32_t id)
{
	proto_start(&writer->event);
	proto_uint(&writer->event, EVENT_TYPE, type);
	proto_uint(&writer->event, EVENT_TRACK, uuid_of(track, id));
}

void perfetto_event_name(struct perfetto_writer *writer, uint64_t iid)
{
	proto_uint(&writer->event, EVENT_NAME_IID, iid);
}

void perfetto_event_own_name(struct perfetto_writer *writer, const char *name)
{
	proto_string(&writer->event, EVENT_NAME, name);
}

void perfetto_event_flow(struct perfetto_writer *writer, unsigned side, uint64_t flow)
{
	proto_fixed64(&writer->event, side, flow);
}

void perfetto_event_value(struct perfetto_writer *writer, uint64_t value)
{
	proto_uint(&writer->event, EVENT_VALUE, value);
}

void perfetto_event_note(struct perfetto_writer *writer, enum perfetto_note note, uint64_t value)
{
	struct proto annotation;
	proto_start(&annotation);
	proto_uint(&annotation, NOTE_NAME_IID, note);
	proto_uint(&annotation, NOTE_UINT, value);
	proto_message(&writer->event, EVENT_NOTES, &annotation);
}

void perfetto_event_flag(struct perfetto_writer *writer, enum perfetto_note note)
{
	struct proto annotation;
	proto_start(&annotation);
	proto_uint(&annotation, NOTE_NAME_IID, note);
	proto_uint(&annotation, NOTE_BOOL, 1);
	proto_message(&writer->event, EVENT_NOTES, &annotation);
}

void perfetto_event_words(struct perfetto_writer *writer, enum perfetto_note note, const char *words)
{
	struct proto annotation;
	proto_start(&annotation);
	proto_uint(&annotation, NOTE_NAME_IID, note);
	proto_string(&annotation, NOTE_STRING, words);
	proto_message(&writer->event, EVENT_NOTES, &annotation);
}

void perfetto_event_write(struct perfetto_writer *writer, uint64_t ns)
{
	proto_start(&writer->packet);
	proto_uint(&writer->packet, PACKET_TIMESTAMP, ns);
	proto_message(&writer->packet, PACKET_TRACK_EVENT, &writer->event);
	write_packet(writer, SEQUENCE_NEEDS_STATE);
}

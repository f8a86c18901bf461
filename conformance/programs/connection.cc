// SPDX-License-Identifier: MIT
#include "conformance/programs/connection.h"

#include <algorithm>
#include <utility>

#include "conformance/programs/traffic.h"
#include "reactors/services/factory.h"
#include "reactors/services/network_errors.h"
#include "reactors/services/tcp.h"
#include "reactors/services/unix_sockets.h"

namespace loopmark::conformance::programs {
namespace {

constexpr int kPiece = 3000;  // that a pull producer writes

/// The factory of one side.
template <class Base>
class FactoryFor : public Base {
 public:
  FactoryFor(Connection& connection, Who who) : connection_(connection), who_(who) {}

  std::shared_ptr<Protocol> build_protocol(const Address&) override {
    return connection_.side(who_);
  }
  void start_factory() override {
    connection_.performance().call([this] { connection_.model().factory_started(who_); });
  }
  void stop_factory() override {
    connection_.performance().call([this] { connection_.model().factory_stopped(who_); });
  }

 protected:
  Connection& connection_;
  const Who who_;
};

class ConnectingFactory final : public FactoryFor<ClientFactory> {
 public:
  using FactoryFor::FactoryFor;
  void client_connection_failed(Connector&, const Failure&) override {
    connection_.performance().call([this] {
      connection_.model().failed();
      connection_.performance().execute_body(std::exchange(connection_.side(who_)->on_end, {}));
    });
  }
  void client_connection_lost(Connector&, const Failure&) override {
    connection_.performance().call([this] { connection_.model().over(); });
  }
};

template <class Base>
class ProducerFor : public Base {
 public:
  ProducerFor(Connection& connection, Who who) : connection_(connection), who_(who) {}
  void resume_producing() override { connection_.producer_resumed(who_); }
  void stop_producing() override { connection_.producer_stopped(who_); }

 protected:
  Connection& connection_;
  const Who who_;
};

class Push final : public ProducerFor<PushProducer> {
 public:
  using ProducerFor::ProducerFor;
  void pause_producing() override { connection_.producer_paused(who_); }
};
using Pull = ProducerFor<Producer>;

/// While it lives, a transport is in a call.
class InCall {
 public:
  InCall(ConnectionModel& model, Who who)
      : model_(model), who_(who), before_(model.set_in_call(who, true)) {}
  InCall(const InCall&) = delete;
  InCall& operator=(const InCall&) = delete;
  ~InCall() { model_.set_in_call(who_, before_); }

 private:
  ConnectionModel& model_;
  const Who who_;
  const bool before_;
};

bool contains(const Connection::Descriptors& all, const Descriptor* one) {
  return std::any_of(all.begin(), all.end(), [one](const auto& each) { return each.get() == one; });
}

}  // namespace

Connection::Connection(Performance& performance, int number, std::string path)
    : performance_(performance),
      is_over_tcp_(number >= kConnections / 2),
      path_(std::move(path)),
      model_("connection " + std::to_string(number), number % 2 == 1, is_over_tcp_) {
  for (const Who who : {Who::kClient, Who::kServer}) {
    sides_[static_cast<std::size_t>(who)] =
        new_side(performance, model_, who, is_over_tcp_, number % 2 == 1);
  }
}

void Connection::connect() {
  model_.connect(performance_.reactor_stops());
  const auto server = std::make_shared<FactoryFor<Factory>>(*this, Who::kServer);
  const auto client = std::make_shared<ConnectingFactory>(*this, Who::kClient);
  if (is_over_tcp_) {
    auto& tcp = query<ReactorTCP>(performance_.reactor());
    ConnectOptions options;
    options.timeout = kNever;  // the virtual clock does not wait for the kernel
    port_ = tcp.listen_tcp(0, server, 50, own_address());
    connector_ = tcp.connect_tcp(own_address(), port_of(port_->host()), client, options);
  } else {
    auto& sockets = query<ReactorUNIX>(performance_.reactor());
    port_ = sockets.listen_unix(path_, server);
    connector_ = sockets.connect_unix(path_, client, kNever);
  }
  model_.has_connected();
}

void Connection::execute(const Action& action, Who who) {
  switch (action.kind) {
    case Action::Kind::kStopConnecting:
      return stop_connecting();
    case Action::Kind::kStopListening:
      return stop_listening();
    case Action::Kind::kOnMade:
      side(who)->on_made = action.body;
      return;
    case Action::Kind::kOnData:
      side(who)->on_data = action.body;
      return;
    case Action::Kind::kOnEnd:
      side(who)->on_end = action.body;
      return;
    default:
      if (side(who)->wire() != nullptr) execute_of_side(action, who);
  }
}

void Connection::stop_connecting() {
  if (!connector_) return;
  const auto stop = [this] { connector_->stop_connecting(); };
  if (!model_.is_connecting())
    return refused<NotConnectingError>("stop_connecting() without an attempt (TCPC-08)", stop);
  model_.stop_connecting();
  stop();
  if (model_.is_connecting())
    throw Broken{"stop_connecting() did not fail the attempt inside the call (TCPC-07)"};
}

void Connection::stop_listening() {
  if (!port_) return;
  const bool may_be_closed = model_.port_may_be_closed();
  model_.stop_listening();
  Deferred stopped = port_->stop_listening();
  if (stopped.called() && !may_be_closed)
    throw Broken{"stop_listening() was completed inside the call (TCPL-06)"};
  stopped.add_both([this](const Failure& failed) {
    performance_.call([&] {
      if (failed) throw Broken{"stop_listening() failed: " + failed.message() + " (TCPL-06)"};
      model_.port_closed();
    });
  });
}

/// Calls `function` with the transport of `who`, which does not call its protocol back meanwhile.
template <class Function>
void Connection::use(Who who, Function function) {
  const InCall in_call(model_, who);
  function(*side(who)->wire());
}

void Connection::execute_of_side(const Action& action, Who who) {
  using Kind = Action::Kind;
  switch (action.kind) {
    case Kind::kWrite:
    case Kind::kWriteSequence:
      return write(who, action.second, action.kind == Kind::kWriteSequence);
    case Kind::kLoseConnection:
      model_.lose(who);
      return use(who, [](Transport& wire) { wire.lose_connection(); });
    case Kind::kAbortConnection:
      model_.abort(who);
      return use(who, [](Transport& wire) { wire.abort_connection(); });
    case Kind::kLoseWriteConnection:
      model_.lose_write(who);
      return use(who, [](Transport& wire) { wire.lose_write_connection(); });
    case Kind::kPauseProducing:
      model_.pause(who, true);
      return use(who, [](Transport& wire) { wire.pause_producing(); });
    case Kind::kResumeProducing:
      model_.pause(who, false);
      return use(who, [](Transport& wire) { wire.resume_producing(); });
    case Kind::kRegisterPush:
      return register_producer(who, Produces::kPush, 0);
    case Kind::kRegisterPull:
      return register_producer(who, Produces::kPull, action.second);
    case Kind::kUnregisterProducer:
      model_.unregister_producer(who);
      return use(who, [](Transport& wire) { wire.unregister_producer(); });
    default:
      return;  // none of a side's
  }
}

void Connection::write(Who who, int count, bool in_parts) {
  const std::string bytes = model_.write(who, static_cast<std::size_t>(count));
  use(who, [&](Transport& wire) {
    if (!in_parts) return wire.write(bytes);
    const std::string_view all(bytes);
    const std::string_view parts[] = {
        all.substr(0, all.size() / 3), {}, all.substr(all.size() / 3)};
    wire.write_sequence(parts);
  });
  model_.has_written(who);
}

void Connection::register_producer(Who who, Produces kind, int pieces) {
  std::shared_ptr<Producer> producer = std::make_shared<Pull>(*this, who);
  if (kind == Produces::kPush) producer = std::make_shared<Push>(*this, who);
  const auto register_it = [&] {
    use(who, [&](Transport& wire) { wire.register_producer(producer); });
  };
  if (model_.side(who).is_lost()) {
    const std::size_t stops = late_stops_;
    register_it();
    if (late_stops_ != stops + 1)
      throw Broken{"a producer that was registered too late was not told to stop (PROD-09)"};
    return;
  }
  if (model_.side(who).produces != Produces::kNothing)
    return refused<ProducerAlreadyRegistered>("a second producer (PROD-01)", register_it);
  model_.register_producer(who, kind);
  pieces_left_[static_cast<std::size_t>(who)] = pieces;
  const std::size_t resumes = resumes_;
  register_it();
  if (kind == Produces::kPull && resumes_ == resumes)
    throw Broken{"a pull producer was not asked inside register_producer() (PROD-02)"};
}

void Connection::producer_paused(Who who) {
  performance_.call([&] { model_.producer_paused(who); });
}

void Connection::producer_resumed(Who who) {
  performance_.call([&] {
    model_.producer_resumed(who);
    ++resumes_;
    if (model_.side(who).produces != Produces::kPull) return;
    if (pieces_left_[static_cast<std::size_t>(who)]-- > 0) return write(who, kPiece, false);
    model_.unregister_producer(who);
    use(who, [](Transport& wire) { wire.unregister_producer(); });
  });
}

void Connection::producer_stopped(Who who) {
  performance_.call([&] {
    if (!model_.side(who).is_lost()) return model_.producer_stopped(who);
    ++late_stops_;
  });
}

void Connection::compare_lists(const Descriptors& readers, const Descriptors& writers) const {
  for (const auto& side : sides_) {
    const Descriptor* const descriptor = side->descriptor();
    if (descriptor == nullptr) continue;
    const SideState& state = model_.side(side == sides_[0] ? Who::kClient : Who::kServer);
    if (contains(readers, descriptor) && !state.reads())
      throw Broken{
          "a transport is read that is paused, closing or lost (XP-PAUSE-03, XP-ABORT-07)"};
    if (contains(writers, descriptor) && !state.is_made())
      throw Broken{"a transport that is lost waits to write (XP-ABORT-07, PROD-12)"};
    if (state.is_lost() && side.use_count() > 1)
      throw Broken{"the protocol of a lost connection is held (XP-PROTO-10)"};
  }
}

bool Connection::has_traffic() const {
  const auto number = [this](Who who) {
    const Descriptor* const descriptor = side(who)->descriptor();
    return descriptor == nullptr ? -1 : descriptor->fileno();
  };
  for (const Who to : {Who::kClient, Who::kServer}) {
    const bool has_sender = !model_.side(other(to)).is_absent() || model_.never_comes(other(to));
    if (model_.side(to).is_made() && has_sender && is_under_way(number(other(to)), number(to)))
      return true;
  }
  return false;
}

}  // namespace loopmark::conformance::programs
